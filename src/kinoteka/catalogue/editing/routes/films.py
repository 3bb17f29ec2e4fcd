"""Addresses that make, change, delete and restore films."""

from functools import partial
from typing import Any

from kinoteka.catalogue import examples
from kinoteka.catalogue.editing import bodies, films
from kinoteka.catalogue.editing.editor import Editor, commit
from kinoteka.catalogue.editing.history import author_of
from kinoteka.catalogue.editing.loose import film_faults, new_film_faults
from kinoteka.catalogue.editing.routes.shapes import DELETED, SameTitle, create_route, one_route, shape
from kinoteka.web.answer import Answer
from kinoteka.web.conditional import Conditional, required_match
from kinoteka.web.decode import Call
from kinoteka.web.idempotency import Keyed
from kinoteka.web.route import PATCH_TYPES, Route

LARGEST = 1024 * 1024
"""Bytes: thousands of credits."""
NEW = {
    "title": "The Gold Rush",
    "year": 1925,
    "minutes": 95,
    "genres": ["Comedy"],
    "directors": [str(examples.PERSON.id)],
    "actors": [{"id": str(examples.PERSON.id), "character": "The Lone Prospector"}],
    "alternative_titles": [{"title": "Золота лихоманка", "language": "uk"}],
}


def film_routes(editor: Editor) -> list[Route]:
    return [_create(editor), _change(editor), _delete(editor), _restore(editor)]


def _create(editor: Editor) -> Route:
    async def handle(call: Call[SameTitle]) -> Answer:
        make = partial(
            films.create_film,
            author=author_of(call),
            sent=bodies.given(call.body),
            allow_same_title=call.query.allow_same_title == "true",
        )
        return await commit(editor, call, make)

    return create_route(
        "film",
        summary="Make a film",
        description="Of genres and persons that there are. A title that a film has already, whatever the case, spaces "
        "and Unicode form, is 409, with a link to that film in `errors`.",
        query_model=SameTitle,
        header_model=Keyed,
        body_model=bodies.NewFilm,
        body_example=NEW,
        more_faults=partial(new_film_faults, editor),
        largest_body=LARGEST,
        handler=handle,
    )


def _change(editor: Editor) -> Route:
    async def handle(call: Call[SameTitle]) -> Answer:
        change = partial(
            films.change_film,
            author=author_of(call),
            film_id=call.path["id"],
            condition=required_match(call),
            sent=bodies.given(call.body),
            allow_same_title=call.query.allow_same_title == "true",
        )
        return await commit(editor, call, change)

    return one_route(
        "film",
        "change",
        "PATCH",
        summary="Change a film",
        description="Merge patch (RFC 7396): what is left out stays, null takes away, a list replaces the whole list.",
        query_model=SameTitle,
        header_model=Conditional,
        body_model=bodies.FilmChange,
        body_types=PATCH_TYPES,
        body_example={"minutes": 87, "description": None, "writers": [], "external_ids": {"tmdb": None}},
        more_faults=partial(film_faults, editor),
        largest_body=LARGEST,
        handler=handle,
        answers={200: shape("film", "The film as it is now")},
        problems=(409, 412, 428),
    )


def _delete(editor: Editor) -> Route:
    async def handle(call: Call[Any]) -> Answer:
        delete = partial(
            films.delete_film, author=author_of(call), film_id=call.path["id"], condition=required_match(call)
        )
        return await commit(editor, call, delete)

    return one_route(
        "film",
        "delete",
        "DELETE",
        summary="Delete a film",
        description="It can be restored for 30 days.",
        header_model=Conditional,
        handler=handle,
        answers={204: DELETED},
        media_types=(),
        problems=(412, 428),
    )


def _restore(editor: Editor) -> Route:
    async def handle(call: Call[SameTitle]) -> Answer:
        restore = partial(
            films.restore_film,
            author=author_of(call),
            film_id=call.path["id"],
            allow_same_title=call.query.allow_same_title == "true",
        )
        return await commit(editor, call, restore)

    return one_route(
        "film",
        "restore",
        "POST",
        "/restore",
        summary="Restore a deleted film",
        description="As it was, within 30 days. 409 when another film has its title by now.",
        query_model=SameTitle,
        header_model=Keyed,
        handler=handle,
        answers={200: shape("film", "The film")},
        problems=(409,),
    )
