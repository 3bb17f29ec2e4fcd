"""Addresses that make, change, delete and restore films."""

from functools import partial
from typing import Any

from kinoteka.catalogue import examples
from kinoteka.catalogue.editing import bodies, films
from kinoteka.catalogue.editing.editor import Editor, commit
from kinoteka.catalogue.editing.history import author_of
from kinoteka.catalogue.editing.loose import film_faults, new_film_faults
from kinoteka.catalogue.editing.routes.shapes import SameTitle, create_route, delete_route, patch_route, restore_route
from kinoteka.web.answer import Answer
from kinoteka.web.conditional import required_match
from kinoteka.web.decode import Call
from kinoteka.web.route import Route

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
        body_model=bodies.NewFilm,
        body_example=NEW,
        more_faults=partial(new_film_faults, editor),
        largest_body=LARGEST,
        handler=handle,
        problems=(409,),
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

    return patch_route(
        "film",
        query_model=SameTitle,
        body_model=bodies.FilmChange,
        body_example={"minutes": 87, "description": None, "writers": [], "external_ids": {"tmdb": None}},
        more_faults=partial(film_faults, editor),
        largest_body=LARGEST,
        handler=handle,
        problems=(409,),
    )


def _delete(editor: Editor) -> Route:
    async def handle(call: Call[Any]) -> Answer:
        delete = partial(
            films.delete_film, author=author_of(call), film_id=call.path["id"], condition=required_match(call)
        )
        return await commit(editor, call, delete)

    return delete_route("film", description="It can be restored for 30 days.", handler=handle)


def _restore(editor: Editor) -> Route:
    async def handle(call: Call[SameTitle]) -> Answer:
        restore = partial(
            films.restore_film,
            author=author_of(call),
            film_id=call.path["id"],
            allow_same_title=call.query.allow_same_title == "true",
        )
        return await commit(editor, call, restore)

    return restore_route(
        "film",
        description="As it was, within 30 days. 409 when another film has its title by now.",
        query_model=SameTitle,
        handler=handle,
    )
