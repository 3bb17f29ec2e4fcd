"""The last look at a build before readers get it: is everything there, and is a sample of it right?"""

import asyncio
from collections.abc import Iterable
from uuid import UUID, uuid4

from kinoteka.catalogue.documents import KINDS, Kind
from kinoteka.errors import UnavailableError
from kinoteka.indexer import extract
from kinoteka.indexer.capture import Connection
from kinoteka.search.documents import digest
from kinoteka.search.engine import Build

SAMPLES, SAMPLED = 5, 40
"""Places in the order of ids, and records of each."""
TRIES, PAUSE = 20, 0.25
"""Changes go on: a difference counts when it is still the same after so many looks, so many seconds apart."""
_WAITING = "SELECT count(*) FROM search_outbox"
_IS_BEHIND = "SELECT min(at) < clock_timestamp() - make_interval(secs => $1) FROM search_outbox"
_REFUSED = "SELECT doc_id FROM search_dead_letter WHERE index = $1"


class IncompleteBuildError(UnavailableError):
    """A full build that lacks something, or has something wrong, and is not put in use."""


async def verify(build: Build, connection: Connection) -> None:
    """Raises IncompleteBuildError."""
    for kind in KINDS:
        await _verify_count(build, connection, kind)
        await _verify_sample(build, connection, kind)


async def _verify_count(build: Build, connection: Connection, kind: Kind) -> None:
    for _ in range(TRIES):
        there, wanted = await build.count(kind), await _count(connection, kind)
        allowed = await connection.fetchval(_WAITING)
        if abs(there - wanted) <= allowed:
            return
        await asyncio.sleep(PAUSE)
    raise IncompleteBuildError(f"The new index has {there} {kind}s where the database has {wanted}; it is not used.")


async def _count(connection: Connection, kind: Kind) -> int:
    refused = [row["doc_id"] for row in await connection.fetch(_REFUSED, kind)]
    query = f"SELECT count(*) FROM {kind} WHERE deleted_at IS NULL AND id <> ALL($1)"
    return int(await connection.fetchval(query, refused))


async def _verify_sample(build: Build, connection: Connection, kind: Kind) -> None:
    wrong = await _compare(build, connection, kind, await _draw(connection, kind))
    for _ in range(TRIES):
        if not wrong:
            return
        await asyncio.sleep(PAUSE)
        again = await _compare(build, connection, kind, wrong)
        wrong = {doc_id: both for doc_id, both in again.items() if wrong[doc_id] == both}
    if await connection.fetchval(_IS_BEHIND, TRIES * PAUSE):
        return  # then it is no wonder that they are old
    raise IncompleteBuildError(f"In the new index {len(wrong)} of some {kind}s looked at are wrong; it is not used.")


async def _draw(connection: Connection, kind: Kind) -> set[UUID]:
    query = f"SELECT id FROM {kind} WHERE id >= $1 AND deleted_at IS NULL ORDER BY id LIMIT {SAMPLED}"
    drawn = [row["id"] for _ in range(SAMPLES) for row in await connection.fetch(query, uuid4())]
    return set(drawn).difference(row["doc_id"] for row in await connection.fetch(_REFUSED, kind))


async def _compare(
    build: Build, connection: Connection, kind: Kind, ids: Iterable[UUID]
) -> dict[UUID, tuple[bytes | None, bytes | None]]:
    """Of those that differ, what either side has."""
    asked = list(ids)
    stored = await build.find_digests(kind, asked)
    true = {record.id: digest(record) for record in await extract.read_records(connection, kind, asked)}
    both = {doc_id: (stored.get(doc_id), true.get(doc_id)) for doc_id in asked}
    return {doc_id: (there, wanted) for doc_id, (there, wanted) in both.items() if there != wanted}
