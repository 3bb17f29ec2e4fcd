"""Addresses of favourites and wishlists."""

from functools import partial
from typing import Any

from kinoteka.accounts.routes.auth import NOTHING
from kinoteka.database import Database
from kinoteka.lists import examples, schemas, service
from kinoteka.lists.own_films import list_own_films
from kinoteka.lists.parameters import EntryList, FilmPath
from kinoteka.lists.repository import ListName
from kinoteka.search.service import Finder, film_filters
from kinoteka.web.answer import Answer, answer_nothing, answer_personal
from kinoteka.web.decode import Call
from kinoteka.web.guard import Access
from kinoteka.web.route import Method, Route, Shape

TAG = "Lists"
LINKS = {"Link": "first, prev, next and last page (RFC 8288), as far as they exist"}
_SINGULAR: dict[ListName, str] = {"favourites": "Favourite", "wishlist": "Wish"}
_ENTRY = Shape("The entry", schemas.Entry, example=examples.ENTRY)


def list_routes(finder: Finder, writes: Database) -> list[Route]:
    return [route for name in service.LISTS for route in _of(finder, writes, name)]


def _of(finder: Finder, writes: Database, name: ListName) -> list[Route]:
    return [_list(finder, name), _put(writes, name), _get(finder, name), _delete(writes, name)]


def _list(finder: Finder, name: ListName) -> Route:
    async def handle(call: Call[EntryList]) -> Answer:
        owner = {"account": call.user.user_id, "list": name}
        filters = await film_filters(finder, call.query)
        return await list_own_films(finder.reader.database, service.entries_of(name), owner, call.query, filters)

    return Route(
        method="GET",
        path=f"{service.BASE}/{name}",
        access=Access.USER,
        operation_id=f"listMy{name.title()}",
        summary=f"One's own {name}, filtered and sorted like `/films`",
        description="Deleted films are left out, and are back when they are restored.",
        tag=TAG,
        query_model=EntryList,
        handler=handle,
        answers={200: Shape("A page", schemas.EntryPage, example=examples.ENTRY_PAGE, headers=LINKS)},
        problems=(503,),
    )


def _one(method: Method, name: ListName, operation_id: str, summary: str, **more: Any) -> Route:
    return Route(
        method=method,
        path=f"{service.BASE}/{name}/{{film_id}}",
        access=Access.USER,
        operation_id=operation_id,
        summary=summary,
        tag=TAG,
        path_model=FilmPath,
        problems=(404, 503),
        parameter_examples=examples.FILM_PATH,
        **more,
    )


def _put(writes: Database, name: ListName) -> Route:
    return _one(
        "PUT",
        name,
        f"add{_SINGULAR[name]}",
        f"Add a film to one's own {name}",
        description="The other list stays as it is.",
        handler=partial(_handle_put, writes, name),
        answers={200: Shape("It was there", schemas.Entry, example=examples.ENTRY), 201: _ENTRY},
    )


async def _handle_put(writes: Database, name: ListName, call: Call[Any]) -> Answer:
    film = call.path["film_id"]
    entry, is_new = await service.add(writes, call.user.user_id, name, film)
    if not is_new:
        return answer_personal(entry)
    return answer_personal(entry, (b"location", f"{service.BASE}/{name}/{film}".encode()), status=201)


def _get(finder: Finder, name: ListName) -> Route:
    async def handle(call: Call[Any]) -> Answer:
        film = call.path["film_id"]
        return answer_personal(await service.get_entry(finder.reader.database, call.user.user_id, name, film))

    return _one(
        "GET",
        name,
        f"getMy{_SINGULAR[name]}",
        f"Whether a film is in one's own {name}",
        handler=handle,
        answers={200: _ENTRY},
    )


def _delete(writes: Database, name: ListName) -> Route:
    async def handle(call: Call[Any]) -> Answer:
        await service.remove(writes, call.user.user_id, name, call.path["film_id"])
        return answer_nothing()

    return _one(
        "DELETE",
        name,
        f"remove{_SINGULAR[name]}",
        f"Take a film out of one's own {name}",
        handler=handle,
        answers={204: NOTHING},
        media_types=(),
    )
