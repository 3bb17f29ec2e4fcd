"""What an Idempotency-Key names."""

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True)
class Deed:
    """One request by its key; `body`: the digest of what was sent."""

    user_id: UUID
    route: str
    key: str
    body: bytes
