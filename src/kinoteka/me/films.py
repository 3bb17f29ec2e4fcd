"""What one has to do with a film, in one call."""

from functools import partial
from typing import Annotated, Any
from uuid import UUID

from msgspec import Meta, Struct
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from kinoteka.accounts.routes.me import BASE
from kinoteka.catalogue.repository import read
from kinoteka.database import Database
from kinoteka.errors import NotFoundError
from kinoteka.lists.examples import FILM_PATH
from kinoteka.lists.parameters import FilmPath
from kinoteka.ratings.schemas import Score
from kinoteka.ratings.scores import to_score
from kinoteka.web.answer import Answer, answer_personal
from kinoteka.web.decode import Call
from kinoteka.web.guard import Access
from kinoteka.web.route import Route, Shape

_STATE = text(
    """
    SELECT EXISTS (SELECT FROM list_entry WHERE account_id = :account AND list = 'favourites' AND film_id = f.id)
               AS favourite,
           EXISTS (SELECT FROM list_entry WHERE account_id = :account AND list = 'wishlist' AND film_id = f.id)
               AS wishlist,
           (SELECT score FROM rating WHERE account_id = :account AND film_id = f.id) AS score
    FROM film AS f WHERE f.id = :film AND f.deleted_at IS NULL
    """
)


class FilmState(Struct, frozen=True):
    favourite: bool
    wishlist: bool
    score: Annotated[Score | None, Meta(description="One's own; null while one has not scored it.")]


def film_state_route(database: Database) -> Route:
    async def handle(call: Call[Any]) -> Answer:
        return answer_personal(await get_film_state(database, call.user.user_id, call.path["film_id"]))

    return Route(
        method="GET",
        path=f"{BASE}/films/{{film_id}}",
        access=Access.USER,
        operation_id="getMyFilm",
        summary="Whether a film is a favourite or wished for, and one's own score",
        tag="Lists",
        path_model=FilmPath,
        handler=handle,
        answers={200: Shape("The state of this film", FilmState, example=FilmState(True, False, 8.5))},
        problems=(404, 503),
        parameter_examples=FILM_PATH,
    )


async def get_film_state(database: Database, account: UUID, film: UUID) -> FilmState:
    """Raises NotFoundError for a film that is not there."""
    return await read(database, partial(_get_film_state, account=account, film=film))


async def _get_film_state(connection: AsyncConnection, account: UUID, film: UUID) -> FilmState:
    row = (await connection.execute(_STATE, {"account": account, "film": film})).one_or_none()
    if row is None:
        raise NotFoundError(f"There is no film with the id {film}.")
    return FilmState(row.favourite, row.wishlist, None if row.score is None else to_score(row.score))
