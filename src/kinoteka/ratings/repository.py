"""Asks and writes ratings. Totals are kept by triggers (migration 0005)."""

from typing import Any
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from kinoteka.catalogue.documents import RATED, TOTALS

_PUT = text(
    """
    INSERT INTO rating AS r (account_id, film_id, score) VALUES (:account, :film, :score)
    ON CONFLICT (account_id, film_id) DO UPDATE SET score = :score, rated_at = now() WHERE r.score <> :score
    RETURNING xmax = 0 AS is_new, rated_at
    """
)
_FIND = text(
    """
    SELECT r.score, r.rated_at FROM rating AS r JOIN film AS f ON f.id = r.film_id AND f.deleted_at IS NULL
    WHERE r.account_id = :account AND r.film_id = :film
    """
)
_DELETE = text("DELETE FROM rating WHERE account_id = :account AND film_id = :film")
_SUMMARY = text(
    f"""
    SELECT trim_scale(f.prior_rating) AS prior_rating, f.prior_votes, r.rating, r.votes, r.weighted_rating, w.m, w.c,
           ARRAY(SELECT sum(n)::integer FROM rating_total AS s CROSS JOIN LATERAL unnest(s.scores) WITH ORDINALITY
                     AS score (n, place) WHERE s.film_id = f.id GROUP BY place ORDER BY place) AS histogram
    FROM film AS f
    CROSS JOIN rating_weight AS w
    CROSS JOIN LATERAL ({TOTALS}) AS t
    CROSS JOIN LATERAL ({RATED}) AS r
    WHERE f.id = :film AND f.deleted_at IS NULL
    """
)


async def put_rating(connection: AsyncConnection, account: UUID, film: UUID, halves: int) -> bool:
    """Whether it is new. The same score again changes nothing, and neither when it was given."""
    values = {"account": account, "film": film, "score": halves}
    row = (await connection.execute(_PUT, values)).one_or_none()
    return row is not None and bool(row.is_new)


async def find_rating(connection: AsyncConnection, account: UUID, film: UUID) -> Row[Any] | None:
    """`score` in halves and `rated_at`; None too while the film is deleted."""
    return (await connection.execute(_FIND, {"account": account, "film": film})).one_or_none()


async def delete_rating(connection: AsyncConnection, account: UUID, film: UUID) -> bool:
    """Whether there was one."""
    return (await connection.execute(_DELETE, {"account": account, "film": film})).rowcount > 0


async def find_summary(connection: AsyncConnection, film: UUID) -> Row[Any] | None:
    """All that is known of a film's ratings; `histogram` is empty while nobody has scored it."""
    return (await connection.execute(_SUMMARY, {"film": film})).one_or_none()


async def take_names_away(connection: AsyncConnection, account: UUID) -> None:
    """The scores stay, as nobody's; of when they were given only the day, so that no log tells whose they were."""
    nameless = "UPDATE rating SET account_id = NULL, rated_at = date_trunc('day', rated_at) WHERE account_id = :account"
    await connection.execute(text(nameless), {"account": account})
