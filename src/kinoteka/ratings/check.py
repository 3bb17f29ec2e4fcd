"""Holds the totals that triggers keep against the scores themselves, and makes them anew where they differ."""

from collections.abc import Callable, Iterator
from uuid import UUID

from msgspec import Struct
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from kinoteka.database import Database
from kinoteka.ratings.scores import HIGHEST, LOWEST

RANGES = 64
"""Of film ids, looked at one after the other, so that no statement runs for long."""
_SCORES = range(LOWEST, HIGHEST + 1)

Progress = Callable[[int, int], None]


class Totals(Struct, frozen=True):
    """`points`: in halves."""

    votes: int
    points: int


class Difference(Struct, frozen=True):
    """`title`: None of a film that is gone."""

    film_id: UUID
    title: str | None
    counted: Totals
    given: Totals


_GIVEN_HISTOGRAM = ", ".join(f"count(*) FILTER (WHERE score = {score})" for score in _SCORES)
_COUNTED_HISTOGRAM = ", ".join(f"sum(scores[{score - LOWEST + 1}])" for score in _SCORES)
_NONE = ", ".join("0" for _ in _SCORES)
_COMPARE = text(
    f"""
    WITH given AS (
        SELECT film_id, count(*) AS votes, sum(score) AS points, ARRAY[{_GIVEN_HISTOGRAM}]::bigint[] AS histogram
        FROM rating WHERE film_id BETWEEN :low AND :high GROUP BY film_id
    ), counted AS (
        SELECT film_id, sum(votes) AS votes, sum(points) AS points, ARRAY[{_COUNTED_HISTOGRAM}]::bigint[] AS histogram
        FROM rating_total WHERE film_id BETWEEN :low AND :high GROUP BY film_id
    )
    SELECT film_id, f.title, coalesce(c.votes, 0) AS counted_votes, coalesce(c.points, 0) AS counted_points,
           coalesce(g.votes, 0) AS votes, coalesce(g.points, 0) AS points
    FROM given AS g FULL JOIN counted AS c USING (film_id) LEFT JOIN film AS f ON f.id = film_id
    WHERE (coalesce(g.votes, 0), coalesce(g.points, 0), coalesce(g.histogram, ARRAY[{_NONE}]::bigint[]))
          IS DISTINCT FROM
          (coalesce(c.votes, 0), coalesce(c.points, 0), coalesce(c.histogram, ARRAY[{_NONE}]::bigint[]))
    ORDER BY film_id
    """
)
_REPAIR = (
    "LOCK TABLE rating IN SHARE MODE",  # who scores waits until the new totals are committed
    "DELETE FROM rating_total WHERE film_id = ANY(:films)",
    f"""
    INSERT INTO rating_total (film_id, shard, votes, points, scores)
    SELECT film_id, 0, count(*), sum(score), ARRAY[{_GIVEN_HISTOGRAM}]
    FROM rating WHERE film_id = ANY(:films) GROUP BY film_id
    """,
    "SELECT search_capture_rated(CAST(:films AS uuid[]))",
)


async def check_ratings(database: Database, *, repair: bool, progress: Progress) -> list[Difference]:
    """The films whose totals were wrong, by id. Scoring goes on meanwhile."""
    found: list[Difference] = []
    for done, (low, high) in enumerate(_ranges()):
        progress(done, RANGES)
        async with database.transaction() as connection:
            differences = await _compare(connection, low, high)
            if differences and repair:
                await _repair(connection, [one.film_id for one in differences])
        found += differences
    progress(RANGES, RANGES)
    return found


async def _compare(connection: AsyncConnection, low: UUID, high: UUID) -> list[Difference]:
    rows = await connection.execute(_COMPARE, {"low": low, "high": high})
    return [
        Difference(
            row.film_id,
            row.title,
            Totals(int(row.counted_votes), int(row.counted_points)),
            Totals(int(row.votes), int(row.points)),
        )
        for row in rows
    ]


async def _repair(connection: AsyncConnection, films: list[UUID]) -> None:
    for statement in _REPAIR:
        await connection.execute(text(statement), {"films": films} if ":films" in statement else {})


def _ranges() -> Iterator[tuple[UUID, UUID]]:
    width = 2**128 // RANGES
    for place in range(RANGES):
        yield UUID(int=place * width), UUID(int=(place + 1) * width - 1)
