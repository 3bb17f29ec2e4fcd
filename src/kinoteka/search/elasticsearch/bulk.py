"""Writing many documents in one request, and reading every line of what is said about them."""

import asyncio
import random
from collections.abc import Iterator, Sequence
from uuid import UUID

import msgspec
from msgspec import Struct

from kinoteka.catalogue.documents import Kind
from kinoteka.search.documents import Document
from kinoteka.search.elasticsearch.client import Client, NotTakenError
from kinoteka.search.elasticsearch.mapping import encode_source
from kinoteka.search.engine import EngineUnavailableError, Ref, Refused

_PATH = "/_bulk?require_alias=true&filter_path=items.*.status,items.*.error.type,items.*.error.reason"
_BUSY = frozenset({429, 502, 503, 504})
_NEWER = 409
_ATTEMPTS, _FIRST_PAUSE, _LONGEST_PAUSE = 6, 0.05, 2.0
"""Seconds."""


_VERSIONED = "external_gte"
"""An equal version is written again: a request whose answer was lost is repeated with it."""
_LAST_DELETION = "last-deletion"


class Line(Struct, frozen=True):
    """One deed of a request; `target`: an alias; `source` None deletes."""

    target: str
    kind: Kind
    id: UUID | str
    source: bytes | None

    def encoded(self, version: int) -> bytes:
        where = f'"_index":"{self.target}","_id":"{self.id}","version":{version},"version_type":"{_VERSIONED}"'
        if self.source is None:
            return f'{{"delete":{{{where}}}}}\n'.encode()
        return b'{"index":{%b}}\n%b\n' % (where.encode(), self.source)


class _Error(Struct, frozen=True):
    type: str = ""
    reason: str | None = None


class _Outcome(Struct, frozen=True):
    status: int
    error: _Error | None = None


class _Answer(Struct, frozen=True):
    items: tuple[dict[str, _Outcome], ...]


_decode = msgspec.json.Decoder(_Answer).decode


def lines(target: dict[Kind, str], documents: Sequence[Document], deleted: Sequence[Ref], version: int) -> list[Line]:
    """Of a document that is there twice the last one, and no deletion of what is written.

    A deletion leaves nothing that would show its version, so that is written beside it.
    """
    last = {(document.kind, document.id): document for document in documents}
    gone = [ref for ref in dict.fromkeys(deleted) if ref not in last]
    mark = [Line(target["genre"], "genre", _LAST_DELETION, b'{"feed_version":%d}' % version)] if gone else []
    return [
        *mark,
        *(Line(target[kind], kind, id, encode_source(document, version)) for (kind, id), document in last.items()),  # noqa: A001 - the field's own term
        *(Line(target[kind], kind, id, None) for kind, id in gone),  # noqa: A001 - as above
    ]


async def send(client: Client, waiting: Sequence[Line], version: int) -> list[Refused]:
    """Raises EngineUnavailableError when something is still not taken after some attempts."""
    refused: list[Refused] = []
    for attempt in range(_ATTEMPTS):
        if attempt:
            await asyncio.sleep(random.uniform(0.5, 1) * min(_LONGEST_PAUSE, _FIRST_PAUSE * 4**attempt))  # noqa: S311 - spreads retries
        outcomes = await _send_once(client, waiting, version)
        refused += _refused(waiting, outcomes)
        client.conflicts += sum(outcome.status == _NEWER for outcome in outcomes)
        waiting = [line for line, outcome in zip(waiting, outcomes, strict=True) if outcome.status in _BUSY]
        if not waiting:
            return refused
    raise EngineUnavailableError("Elasticsearch has more to do than it can; some documents were not written.")


async def _send_once(client: Client, waiting: Sequence[Line], version: int) -> list[_Outcome]:
    try:
        answer = await client.write("POST", _PATH, b"".join(_encoded(waiting, version)), lines=True)
    except NotTakenError as error:
        return await _send_halves(client, waiting, version, error)
    outcomes = [next(iter(item.values())) for item in _decode(answer).items]
    if len(outcomes) != len(waiting):
        raise EngineUnavailableError("Elasticsearch said nothing of some documents that it was sent.")
    return outcomes


async def _send_halves(client: Client, waiting: Sequence[Line], version: int, error: NotTakenError) -> list[_Outcome]:
    """A request that is too large, or has something in it that spoils the whole: in the end that alone is refused."""
    if len(waiting) == 1:
        return [_Outcome(400, _Error("not_taken", str(error)))]
    half = len(waiting) // 2
    return [outcome for part in (waiting[:half], waiting[half:]) for outcome in await _send_once(client, part, version)]


def _encoded(waiting: Sequence[Line], version: int) -> Iterator[bytes]:
    return (line.encoded(version) for line in waiting)


def _refused(waiting: Sequence[Line], outcomes: Sequence[_Outcome]) -> list[Refused]:
    """Raises EngineUnavailableError where the index itself is gone."""
    found = []
    for line, outcome in zip(waiting, outcomes, strict=True):
        if outcome.error is None or outcome.status in _BUSY or outcome.status == _NEWER:
            continue
        if outcome.error.type == "index_not_found_exception":
            raise EngineUnavailableError("The search index has not been built yet, or was replaced just now.")
        if isinstance(line.id, str):
            continue
        found.append(Refused(line.kind, line.id, f"{outcome.error.type}: {outcome.error.reason}"[:1000]))
    return found
