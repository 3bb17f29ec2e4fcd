"""The outbox that triggers fill (migration 0002), and what a change in one thing means for the documents of others."""

from collections.abc import Iterable, Sequence
from typing import Final, TypeAlias
from uuid import UUID

import asyncpg
from msgspec import Struct

from kinoteka.cache.snapshot import Snapshot, parse_snapshot
from kinoteka.catalogue.documents import Kind

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"  # subscripted in the stubs only
Ref = tuple[Kind, UUID]

CODES: Final[dict[Kind, bytes]] = {"film": b"f", "person": b"p", "genre": b"g"}
_KINDS: Final[dict[bytes, Kind]] = {code: kind for kind, code in CODES.items()}

SMALL_FAN_OUT = 100
"""Documents that are built together with the thing that shows in them; more go through the outbox again."""
MOST_SHOWN = 300
"""Documents built in one batch because something in them changed, all together."""
LARGE_FAN_OUT = 2000
"""More than this waits in the slow lane, behind every direct change."""


class Event(Struct, frozen=True):
    """`reach`: 0 the document itself, 1 its name or year changed, too, 2 it came or went."""

    kind: Kind
    id: UUID
    reach: int


class Waiting(Struct, frozen=True):
    """What there is to do, as `seen` sees it; `rebuild` is the newest request's number."""

    events: bool
    rebuild: int | None
    dead_letters: bool
    seen: Snapshot


class _Relation(Struct, frozen=True):
    """Documents of `target` show or count the things of `source`."""

    source: Kind
    target: Kind
    reach: int
    links: str
    source_id: str
    target_id: str


_RELATIONS = (
    _Relation("film", "person", 2, "credit", "film_id", "person_id"),
    _Relation("film", "genre", 2, "film_genre", "film_id", "genre_id"),
    _Relation("person", "film", 1, "credit", "person_id", "film_id"),
    _Relation("genre", "film", 1, "film_genre", "genre_id", "film_id"),
)

# ARRAY(…), not IN (…): the subselect must run once. The slow lane's share is small beside direct changes, which must
# not wait for it, but never nothing, so that it does not starve.
_CLAIM = """
WITH fast AS MATERIALIZED (
    SELECT id FROM search_outbox WHERE lane = 0 AND (kind <> 'g' OR $3) ORDER BY id LIMIT $1 FOR UPDATE SKIP LOCKED
), slow AS MATERIALIZED (
    SELECT id FROM search_outbox WHERE lane = 1 AND (kind <> 'g' OR $3) ORDER BY id
    LIMIT CASE WHEN EXISTS (SELECT FROM fast) THEN $2 ELSE $1 END FOR UPDATE SKIP LOCKED
)
DELETE FROM search_outbox WHERE id = ANY(ARRAY(SELECT id FROM fast UNION ALL SELECT id FROM slow))
RETURNING kind, doc_id, reach
"""
_DRAWN = """
SELECT (g << 40) | (SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM search_version) FROM search_epoch
FOR UPDATE
"""
_GENRES_DUE = "SELECT true FROM search_genre_pace WHERE due <= clock_timestamp() FOR UPDATE SKIP LOCKED"
_WAITING = """
SELECT EXISTS (SELECT FROM search_outbox) AS events, (SELECT max(id) FROM search_rebuild_request) AS rebuild,
       EXISTS (SELECT FROM search_dead_letter WHERE next_try <= clock_timestamp()) AS dead_letters,
       pg_current_snapshot()::text AS seen
"""


async def get_waiting(connection: Connection) -> Waiting:
    row = await connection.fetchrow(_WAITING)
    assert row is not None  # noqa: S101 - a SELECT without FROM has one row
    return Waiting(row["events"], row["rebuild"], row["dead_letters"], parse_snapshot(row["seen"]))


async def is_waiting(connection: Connection) -> bool:
    """Whether there is any event, be it in the hands of another consumer."""
    return bool(await connection.fetchval("SELECT EXISTS (SELECT FROM search_outbox)"))


async def claim(connection: Connection, most: int, slow: int, genres: bool = True) -> list[Event]:
    """Takes up to `most` direct events and `slow` of the slow lane, or up to `most` of that alone; those of genres only
    if asked. They are back when the transaction does not commit."""
    rows = await connection.fetch(_CLAIM, most, slow, genres)
    return [Event(_KINDS[row["kind"]], row["doc_id"], row["reach"]) for row in rows]


async def raise_epoch(connection: Connection, above: int = 0) -> int:
    """Once for each consumer's connection: versions drawn before a crash may be handed out again within an epoch.

    All that are drawn from here on are higher than the version `above`, too. Answers the highest one drawn before.
    """
    drawn = int(await connection.fetchval(_DRAWN))
    await connection.execute("UPDATE search_epoch SET g = greatest(g, $1::bigint >> 40) + 1", above)
    return drawn


async def take_genres(connection: Connection) -> bool:
    """Whether this transaction may count the films of genres: nobody else does, and it is time."""
    return bool(await connection.fetchval(_GENRES_DUE))


async def leave_genres(connection: Connection, seconds: float) -> None:
    """For so long nobody counts them again."""
    await connection.execute(
        "UPDATE search_genre_pace SET due = clock_timestamp() + make_interval(secs => $1)", seconds
    )


async def draw_version(connection: Connection) -> int:
    """Higher than that of every batch whose documents were read before; draw it after the claim, before reading."""
    return int(await connection.fetchval("SELECT (g << 40) | nextval('search_version') FROM search_epoch"))


async def get_snapshot(connection: Connection) -> Snapshot:
    """What statements from here on see, or more."""
    return parse_snapshot(await connection.fetchval("SELECT pg_current_snapshot()::text"))


async def put(connection: Connection, refs: Iterable[Ref], lane: int = 0) -> None:
    """Asks for these documents to be written again. Nobody knows what is wrong with a film, so the answers that show
    its title count as changed, too."""
    rows = list(refs)
    await connection.execute(
        "INSERT INTO search_outbox (kind, doc_id, reach, lane)"
        " SELECT kind, doc_id, CASE kind WHEN 'f' THEN 1 ELSE 0 END, $3"
        ' FROM unnest($1::"char"[], $2::uuid[]) AS doc (kind, doc_id)',
        [CODES[kind] for kind, _ in rows],
        [doc_id for _, doc_id in rows],
        lane,
    )


async def expand(connection: Connection, events: Sequence[Event]) -> set[Ref]:
    """The documents that these events change, or most of them: the others are in the outbox in their own right now.

    Links are read here, after the claim, and not by the triggers: a link that was uncommitted when the trigger ran
    would be missed, and the document behind it would stay wrong.
    """
    direct: set[Ref] = {(event.kind, event.id) for event in events}
    shown: set[Ref] = set()
    for relation in _RELATIONS:
        sources = {e.id for e in events if e.kind == relation.source and e.reach >= relation.reach}
        if sources:
            shown |= await _shown_in(connection, relation, sources)
    later = list(shown - direct)[MOST_SHOWN:]
    if later:
        await put(connection, later)
    return (direct | shown).difference(later)


async def find_filmographies(connection: Connection, events: Sequence[Event]) -> set[Ref]:
    """Persons whose answers show a title or year that changed. Their documents do not, and stay as they are."""
    films = {event.id for event in events if event.kind == "film" and event.reach > 0}
    if not films:
        return set()
    rows = await connection.fetch("SELECT DISTINCT person_id FROM credit WHERE film_id = ANY($1)", films)
    return {("person", row["person_id"]) for row in rows}


async def _shown_in(connection: Connection, relation: _Relation, sources: set[UUID]) -> set[Ref]:
    counted = await connection.fetch(
        f"SELECT {relation.source_id} AS id, count(*) AS n FROM {relation.links} "
        f"WHERE {relation.source_id} = ANY($1) GROUP BY 1",
        sources,
    )
    at_once = 0 if relation.target == "genre" else SMALL_FAN_OUT  # genres have a pace of their own
    for lane, low, high in ((0, at_once, LARGE_FAN_OUT), (1, LARGE_FAN_OUT, float("inf"))):
        ids = [row["id"] for row in counted if low < row["n"] <= high]
        if ids:
            await connection.execute(_put_linked(relation), CODES[relation.target], lane, ids)
    return await _linked(connection, relation, [row["id"] for row in counted if row["n"] <= at_once])


def _put_linked(relation: _Relation) -> str:
    return f"""
        INSERT INTO search_outbox (kind, doc_id, lane) SELECT DISTINCT $1::"char", {relation.target_id}, $2::smallint
        FROM {relation.links} WHERE {relation.source_id} = ANY($3)
    """


async def _linked(connection: Connection, relation: _Relation, ids: list[UUID]) -> set[Ref]:
    if not ids:
        return set()
    rows = await connection.fetch(
        f"SELECT DISTINCT {relation.target_id} FROM {relation.links} WHERE {relation.source_id} = ANY($1)",
        ids,
    )
    return {(relation.target, row[0]) for row in rows}
