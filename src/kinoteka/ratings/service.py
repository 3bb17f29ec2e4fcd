"""Scores of users: given, changed, withdrawn, and what they make of a film's rating."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from kinoteka.catalogue.changes import changing
from kinoteka.catalogue.editing.editor import Editor
from kinoteka.catalogue.repository import read
from kinoteka.catalogue.schemas import Prior
from kinoteka.catalogue.service import Reader
from kinoteka.errors import NotFoundError
from kinoteka.lists.order import Key, moment, parse_whole
from kinoteka.lists.own_films import Source
from kinoteka.lists.repository import lock_account_and_film
from kinoteka.ratings import repository
from kinoteka.ratings.schemas import FilmRatings, OwnRating, count_scores
from kinoteka.ratings.scores import HIGHEST, LOWEST, mean_score, to_halves, to_score
from kinoteka.search.weights import FORMULA


async def rate(editor: Editor, account: UUID, film: UUID, score: float) -> tuple[OwnRating, bool]:
    """The rating, and whether it is new. Raises NotFoundError for a film that is not there."""
    async with _touching(editor, account, film) as connection:
        is_new = await repository.put_rating(connection, account, film, to_halves(score))
        return await _get_rating(connection, account, film), is_new


async def withdraw(editor: Editor, account: UUID, film: UUID) -> None:
    """Nothing happens when there is no rating. Raises NotFoundError for a film that is not there."""
    async with _touching(editor, account, film) as connection:
        await repository.delete_rating(connection, account, film)


@asynccontextmanager
async def _touching(editor: Editor, account: UUID, film: UUID) -> AsyncIterator[AsyncConnection]:
    """Other processes are told before the totals are locked, so that those who score the same film do not wait."""
    async with changing(editor.database, editor.tokens) as begun:
        await lock_account_and_film(begun.connection, account, film)
        await begun.hold([("film", film)])
        yield begun.connection


async def get_rating(reader: Reader, account: UUID, film: UUID) -> OwnRating:
    """Raises NotFoundError for a film that one has not rated."""
    return await read(reader.database, partial(_get_rating, account=account, film=film))


async def _get_rating(connection: AsyncConnection, account: UUID, film: UUID) -> OwnRating:
    row = await repository.find_rating(connection, account, film)
    if row is None:
        raise NotFoundError(f"You have not rated a film with the id {film}.")
    return OwnRating(to_score(row.score), row.rated_at)


OWN = Source(
    path="/api/v1/me/ratings",
    rows="(SELECT * FROM rating WHERE account_id = :account) AS o",
    columns="o.score, o.rated_at",
    keys={"rated_at": moment("o.rated_at"), "score": Key("o.score", "bigint", parse_whole)},
    item=lambda film, row: {"film": film, "score": to_score(row.score), "rated_at": row.rated_at},
)


async def get_film_ratings(reader: Reader, film: UUID) -> FilmRatings:
    """Raises NotFoundError."""
    row = await read(reader.database, partial(repository.find_summary, film=film))
    if row is None:
        raise NotFoundError(f"There is no film with the id {film}.")
    histogram = row.histogram or [0] * (HIGHEST - LOWEST + 1)
    return FilmRatings(
        film_id=film,
        mean=mean_score(histogram),
        count=sum(histogram),
        histogram=count_scores(histogram),
        prior=Prior(_number(row.prior_rating), row.prior_votes),
        rating=_number(row.rating),
        votes=int(row.votes),
        weighted_rating=_number(row.weighted_rating),
        m=float(row.m),
        c=float(row.c),
        formula=FORMULA,
    )


def _number(value: object) -> float | None:
    return None if value is None else float(str(value))
