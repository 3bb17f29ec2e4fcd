"""A POST that is sent twice is done once: the header Idempotency-Key (IETF draft-ietf-httpapi-idempotency-key-header).

A key belongs to a user and an address, for a day. The same key with the same body gets the stored answer, with another
body 422, and 409 while the first is under way.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from hashlib import sha256
from typing import Annotated, Any, Protocol

from pydantic import Field

from kinoteka.web.answer import PERSONAL, PRIVATE, Answer, Header
from kinoteka.web.decode import Call
from kinoteka.web.deed import Deed
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
class Done:
    """`version`: the row version of what was answered, 0 where there is none."""

    status: int
    headers: tuple[Header, ...]
    body: bytes
    version: int = 0

    def answer(self) -> Answer:
        control = PRIVATE if self.version else PERSONAL
        return Answer(self.body, self.version, self.headers, self.status, cache_control=control)


def done(answer: Answer) -> Done:
    return Done(answer.status, answer.headers, answer.body, answer.version)


class Deeds(Protocol):
    """Where answers are kept for a day."""

    async def begin(self, deed: Deed) -> Done | None:
        """None: it is to be done now. Raises ConflictError while another does it, InvalidError for another body."""

    async def finish(self, deed: Deed, done: Done) -> None: ...

    async def give_up(self, deed: Deed) -> None:
        """It was refused or failed: it may be tried again."""


def find_deed(call: Call[Any], address: str, sent: bytes) -> Deed | None:
    """None without a key. Only for routes whose header model is `Keyed`, and callers who are signed in."""
    key: str | None = call.parameters.get("idempotency_key")
    return Deed(call.user.user_id, address, key, sha256(sent).digest()) if key is not None else None


async def once(deeds: Deeds, deed: Deed, do: Callable[[], Awaitable[Answer]]) -> Answer:
    """For handlers that know nothing of it. One whose process dies is under way for a while yet."""
    if (before := await deeds.begin(deed)) is not None:
        return before.answer()
    try:
        answer = await do()
    except Exception:
        await deeds.give_up(deed)
        raise
    await deeds.finish(deed, done(answer))
    return answer
