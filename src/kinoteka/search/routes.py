"""Addresses of lists, search and suggestions."""

from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any

from kinoteka.cache.rate_limits import Limit
from kinoteka.catalogue import examples
from kinoteka.catalogue.routes import IdPath
from kinoteka.catalogue.schemas import Film
from kinoteka.search import examples as pages
from kinoteka.search import parameters as given
from kinoteka.search import schemas, service
from kinoteka.search.query import Filters
from kinoteka.search.service import Finder, asked
from kinoteka.web.answer import Answer
from kinoteka.web.decode import Call
from kinoteka.web.guard import Access
from kinoteka.web.response_cache import Depends
from kinoteka.web.route import Route, Shape

BASE = "/api/v1"
_LINKS = {"Link": "first, prev, next and last page (RFC 8288), as far as they exist"}

Listed = Callable[[Finder, Call[Any]], Coroutine[Any, Any, Answer]]


def search_routes(finder: Finder, searches: Limit) -> list[Route]:
    """`searches`: how often one address may search."""
    return [
        _films(finder),
        _top(finder),
        _random(finder),
        _similar(finder),
        _persons(finder),
        _films_of_person(finder),
        _genres(finder),
        _films_of_genre(finder),
        _search(finder, searches),
        _suggest(finder, searches),
    ]


def _list(
    finder: Finder, path: str, operation_id: str, handler: Listed, shape: Any, *tokens: str, **more: Any
) -> Route:
    return Route(
        method="GET",
        path=BASE + path,
        access=Access.CATALOGUE,
        operation_id=operation_id,
        handler=partial(handler, finder),
        depends=partial(_depends, Depends(tokens)),
        answers={200: Shape("A page", shape, headers=_LINKS, example=pages.EXAMPLES[shape])},
        problems=(*more.pop("problems", ()), 503),
        tag=path.split("/")[1].title(),
        **more,
    )


def _depends(depends: Depends, _: Call[Any]) -> Depends:
    return depends


def _films(finder: Finder) -> Route:
    return _list(
        finder,
        "/films",
        "listFilms",
        list_films,
        schemas.FilmPage,
        "film",
        "genre",
        summary="Films: filtered, sorted, in pages",
        query_model=given.FilmList,
    )


async def list_films(finder: Finder, call: Call[given.FilmList]) -> Answer:
    query, where = call.query, asked(f"{BASE}/films", call.query)
    if query.ids:
        return await service.list_by_ids(finder, query.ids)
    filters = await service.film_filters(finder, query)
    return await service.list_kind(finder, where, "film", query, filters, query.sort)


def _top(finder: Finder) -> Route:
    return _list(
        finder,
        "/films/top",
        "listTopFilms",
        list_top_films,
        schemas.TopFilms,
        "film",
        "genre",
        summary="Films by weighted rating, best first",
        description="Carries m, c and the formula, so that anybody can check the order.",
        query_model=given.TopList,
    )


async def list_top_films(finder: Finder, call: Call[given.TopList]) -> Answer:
    filters = await service.film_filters(finder, call.query)
    return await service.list_top(finder, asked(f"{BASE}/films/top", call.query), call.query, filters)


def _random(finder: Finder) -> Route:
    return Route(
        method="GET",
        path=f"{BASE}/films/random",
        access=Access.CATALOGUE,
        operation_id="getRandomFilm",
        summary="One film, drawn evenly among those that pass the filters",
        tag="Films",
        query_model=given.FilmFilters,
        handler=partial(get_random_film, finder),
        answers={200: Shape("The film", Film, example=examples.FILM, headers={"Cache-Control": "no-store"})},
        problems=(404, 503),
    )


async def get_random_film(finder: Finder, call: Call[given.FilmFilters]) -> Answer:
    return await service.draw_film(finder, await service.film_filters(finder, call.query))


def _similar(finder: Finder) -> Route:
    return _list(
        finder,
        "/films/{id}/similar",
        "listSimilarFilms",
        list_similar_films,
        schemas.FilmPage,
        "film",
        summary="Films like this one, likest first",
        path_model=IdPath,
        query_model=given.Similar,
        problems=(404,),
    )


async def list_similar_films(finder: Finder, call: Call[given.Similar]) -> Answer:
    id_, query = call.path["id"], call.query
    where = asked(f"{BASE}/films/{id_}/similar", query)
    return await service.list_similar(finder, where, id_, query.page, query.page_size)


def _persons(finder: Finder) -> Route:
    return _list(
        finder,
        "/persons",
        "listPersons",
        list_persons,
        schemas.PersonPage,
        "person",
        summary="Persons: by name, role, in pages",
        query_model=given.PersonList,
        parameter_examples={"q": "chaplin"},
    )


async def list_persons(finder: Finder, call: Call[given.PersonList]) -> Answer:
    query, where = call.query, asked(f"{BASE}/persons", call.query)
    filters = Filters(name=query.q, role=query.role)
    return await service.list_kind(finder, where, "person", query, filters, query.sort)


def _films_of_person(finder: Finder) -> Route:
    return _list(
        finder,
        "/persons/{id}/films",
        "listFilmsOfPerson",
        list_films_of_person,
        schemas.FilmPage,
        "film",
        "person",
        summary="Films somebody took part in, by role",
        path_model=IdPath,
        query_model=given.FilmsOfPerson,
        problems=(308, 404),
    )


async def list_films_of_person(finder: Finder, call: Call[given.FilmsOfPerson]) -> Answer:
    id_, query = call.path["id"], call.query
    await service.require(finder, "person", id_)
    where = asked(f"{BASE}/persons/{id_}/films", query)
    return await service.list_kind(finder, where, "film", query, Filters(person=id_, role=query.role), query.sort)


def _genres(finder: Finder) -> Route:
    return _list(
        finder,
        "/genres",
        "listGenres",
        list_genres,
        schemas.GenrePage,
        "genre",
        summary="Genres, with how many films each has",
        query_model=given.GenreList,
    )


async def list_genres(finder: Finder, call: Call[given.GenreList]) -> Answer:
    where = asked(f"{BASE}/genres", call.query)
    return await service.list_kind(finder, where, "genre", call.query, Filters(), call.query.sort)


def _films_of_genre(finder: Finder) -> Route:
    return _list(
        finder,
        "/genres/{id}/films",
        "listFilmsOfGenre",
        list_films_of_genre,
        schemas.FilmPage,
        "film",
        "genre",
        summary="Films of a genre",
        path_model=IdPath,
        query_model=given.FilmsOfGenre,
        problems=(404,),
    )


async def list_films_of_genre(finder: Finder, call: Call[given.FilmsOfGenre]) -> Answer:
    id_, query = call.path["id"], call.query
    await service.require(finder, "genre", id_)
    where = asked(f"{BASE}/genres/{id_}/films", query)
    return await service.list_kind(finder, where, "film", query, Filters(genres=(id_,)), query.sort)


def _search(finder: Finder, limit: Limit) -> Route:
    return _list(
        finder,
        "/search",
        "search",
        search,
        schemas.SearchPage,
        "film",
        "person",
        "genre",
        summary="Films, persons and genres, best first",
        description="Forgives typos, scripts, keyboard layouts and word forms. Filters concern films.",
        query_model=given.SearchQuery,
        limit=limit,
        parameter_examples={"q": "modren times"},
    )


async def search(finder: Finder, call: Call[given.SearchQuery]) -> Answer:
    filters = await service.film_filters(finder, call.query)
    return await service.search_all(finder, asked(f"{BASE}/search", call.query), call.query, filters)


def _suggest(finder: Finder, limit: Limit) -> Route:
    return Route(
        method="GET",
        path=f"{BASE}/search/suggest",
        access=Access.CATALOGUE,
        operation_id="suggest",
        summary="Up to ten completions of what has been typed so far",
        tag="Search",
        query_model=given.SuggestQuery,
        limit=limit,
        handler=partial(suggest, finder),
        depends=partial(_depends, Depends(("film", "person", "genre"))),
        answers={200: Shape("Completions, likeliest first", schemas.Suggestions, example=pages.SUGGESTIONS)},
        problems=(503,),
        parameter_examples={"q": "mod"},
    )


async def suggest(finder: Finder, call: Call[given.SuggestQuery]) -> Answer:
    return await service.suggest_all(finder, call.query.q)
