"""Refresh tokens: opaque to everybody but us, and remade rather than remembered.

A token is a session's id, a generation, and an HMAC of both by the server's secret (256 bits). So the same successor
can be given twice, a token of any age tells whose it is, and the database, which holds hashes, is of no use to a thief.
"""

import hashlib
import hmac
from dataclasses import dataclass
from uuid import UUID

from kinoteka.accounts.secrets import Secrets, decode_token, encode_token

_PREFIX = "kr_"
"""Tells it from an access token, and lets scanners find one that was published by mistake."""
_PURPOSE = "refresh tokens"
_LENGTH = 16 + 4 + 32


@dataclass(frozen=True)
class RefreshToken:
    session_id: UUID
    generation: int
    text: str

    @property
    def hash(self) -> bytes:
        return hashlib.sha256(self.text.encode()).digest()


def make_refresh_token(secrets: Secrets, session_id: UUID, generation: int) -> RefreshToken:
    named = session_id.bytes + generation.to_bytes(4)
    return RefreshToken(session_id, generation, _PREFIX + encode_token(named + _code(secrets, named)))


def read_refresh_token(secrets: Secrets, text: str) -> RefreshToken | None:
    """None for what was never given out."""
    raw = decode_token(text.removeprefix(_PREFIX))
    if raw is None or len(raw) != _LENGTH:
        return None
    token = make_refresh_token(secrets, UUID(bytes=raw[:16]), int.from_bytes(raw[16:20]))
    return token if hmac.compare_digest(token.text.encode(), text.encode()) else None


def _code(secrets: Secrets, named: bytes) -> bytes:
    return secrets.digest(_PURPOSE, named)
