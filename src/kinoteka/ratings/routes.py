"""Addresses of ratings: one's own, and what all of them make of a film."""

from functools import partial
from typing import Annotated, Any, Literal

from pydantic import Field

from kinoteka.accounts.routes.auth import NOTHING
from kinoteka.catalogue.editing.editor import Editor
from kinoteka.catalogue.routes import IdPath
from kinoteka.catalogue.service import Reader
from kinoteka.lists.own_films import list_own_films
from kinoteka.lists.parameters import FilmPath, OwnFilms
from kinoteka.lists.routes import LINKS, TAG
from kinoteka.ratings import examples, schemas, service
from kinoteka.search.parameters import SORT_RULES, FilmSorting
from kinoteka.search.service import Finder, film_filters
from kinoteka.web.answer import Answer, answer_json, answer_nothing, answer_personal
from kinoteka.web.decode import Call
from kinoteka.web.guard import Access
from kinoteka.web.response_cache import Depends
from kinoteka.web.route import Method, Route, Shape

BASE = "/api/v1/me/ratings"
RatingSorting = Literal[FilmSorting, "rated_at", "-rated_at", "score", "-score"]


class RatingList(OwnFilms):
    sort: Annotated[RatingSorting, Field(description=SORT_RULES)] = "-rated_at"


def rating_routes(finder: Finder, editor: Editor) -> list[Route]:
    reader = finder.reader
    return [_of_film(reader), _list(finder), _put(editor), _get(reader), _delete(editor)]


def _of_film(reader: Reader) -> Route:
    async def handle(call: Call[Any]) -> Answer:
        return answer_json(await service.get_film_ratings(reader, call.path["id"]))

    def depends(call: Call[Any]) -> Depends:
        document = f"film:{call.path['id']}"
        return Depends((document,), pending=(document, "film"))

    return Route(
        method="GET",
        path="/api/v1/films/{id}/ratings",
        access=Access.CATALOGUE,
        operation_id="getFilmRatings",
        summary="What users' scores and the prior make of a film",
        description="Mean, count and histogram of the scores given here; rating and weighted rating with the formula.",
        tag="Films",
        path_model=IdPath,
        handler=handle,
        depends=depends,
        answers={200: Shape("Its ratings", schemas.FilmRatings, example=examples.FILM_RATINGS)},
        problems=(404, 503),
        parameter_examples={"id": str(examples.FILM_RATINGS.film_id)},
    )


def _list(finder: Finder) -> Route:
    async def handle(call: Call[RatingList]) -> Answer:
        owner = {"account": call.user.user_id}
        filters = await film_filters(finder, call.query)
        return await list_own_films(finder.reader.database, service.OWN, owner, call.query, filters)

    return Route(
        method="GET",
        path=BASE,
        access=Access.USER,
        operation_id="listMyRatings",
        summary="Films that one has scored, filtered and sorted like `/films`",
        description="`rating` is the film's, `score` one's own.",
        tag=TAG,
        query_model=RatingList,
        handler=handle,
        answers={200: Shape("A page", schemas.RatedPage, example=examples.RATED_PAGE, headers=LINKS)},
        problems=(503,),
    )


def _own(method: Method, operation_id: str, summary: str, **more: Any) -> Route:
    return Route(
        method=method,
        path=f"{BASE}/{{film_id}}",
        access=Access.USER,
        operation_id=operation_id,
        summary=summary,
        tag=TAG,
        path_model=FilmPath,
        problems=(404, 503),
        parameter_examples={"film_id": str(examples.FILM_RATINGS.film_id)},
        **more,
    )


def _put(editor: Editor) -> Route:
    return _own(
        "PUT",
        "rateFilm",
        "Score a film, or change the score",
        body_model=schemas.NewScore,
        body_example={"score": 8.5},
        handler=partial(_handle_put, editor),
        answers={
            200: Shape("Changed, or as it was", schemas.OwnRating, example=examples.OWN_RATING),
            201: Shape("New", schemas.OwnRating, example=examples.OWN_RATING, headers={"Location": "Of the rating"}),
        },
    )


async def _handle_put(editor: Editor, call: Call[Any]) -> Answer:
    film = call.path["film_id"]
    rating, is_new = await service.rate(editor, call.user.user_id, film, call.body.score)
    if not is_new:
        return answer_personal(rating)
    return answer_personal(rating, (b"location", f"{BASE}/{film}".encode()), status=201)


def _get(reader: Reader) -> Route:
    async def handle(call: Call[Any]) -> Answer:
        return answer_personal(await service.get_rating(reader, call.user.user_id, call.path["film_id"]))

    return _own(
        "GET",
        "getMyRating",
        "One's own score of a film",
        handler=handle,
        answers={200: Shape("The rating", schemas.OwnRating, example=examples.OWN_RATING)},
    )


def _delete(editor: Editor) -> Route:
    async def handle(call: Call[Any]) -> Answer:
        await service.withdraw(editor, call.user.user_id, call.path["film_id"])
        return answer_nothing()

    return _own(
        "DELETE",
        "withdrawRating",
        "Withdraw one's own score",
        description="The film's rating is at once what it would be without it.",
        handler=handle,
        answers={204: NOTHING},
        media_types=(),
    )
