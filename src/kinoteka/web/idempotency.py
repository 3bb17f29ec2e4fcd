"""A POST that is sent twice is done once: the header Idempotency-Key (IETF draft-ietf-httpapi-idempotency-key-header).

A key belongs to a user and a route, for a day. The same key with the same body gets the stored answer, with another
body 422, and 409 while the first is under way.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from hashlib import sha256
from typing import Annotated, Any, Protocol
from uuid import UUID

from pydantic import Field

from kinoteka.web.answer import PERSONAL, Answer, Header
from kinoteka.web.decode import Call
from kinoteka.web.parameters import Parameters


class Keyed(Parameters):
    """The header model of routes that take a key."""

    idempotency_key: Annotated[
        str | None,
        Field(
            pattern=r"^[\x21-\x7e]{1,200}$",
            description="Made up by the client, a new one for each deed: the same deed sent again is done once.",
        ),
    ] = None


@dataclass(frozen=True)
class Deed:
    """One request by its key; `body`: the digest of what was sent."""

    user_id: UUID
    route: str
    key: str
    body: bytes


@dataclass(frozen=True)
class Done:
    status: int
    headers: tuple[Header, ...]
    body: bytes


class Deeds(Protocol):
    """Where answers are kept for a day."""

    async def begin(self, deed: Deed) -> Done | None:
        """None: it is to be done now. Raises ConflictError while another does it, InvalidError for another body."""

    async def finish(self, deed: Deed, done: Done) -> None: ...

    async def give_up(self, deed: Deed) -> None:
        """It was refused or failed: it may be tried again."""


async def once(deeds: Deeds, call: Call[Any], route: str, body: bytes, do: Callable[[], Awaitable[Answer]]) -> Answer:
    """Only for routes whose header model is `Keyed`, and callers who are signed in."""
    key: str | None = call.parameters.get("idempotency_key")
    if key is None:
        return await do()
    deed = Deed(call.user.user_id, route, key, sha256(body).digest())
    if (done := await deeds.begin(deed)) is not None:
        return Answer(done.body, headers=done.headers, status=done.status, cache_control=PERSONAL)
    try:
        answer = await do()
    except Exception:
        await deeds.give_up(deed)
        raise
    await deeds.finish(deed, Done(answer.status, answer.headers, answer.body))
    return answer
