"""Addresses that make, rename, delete and restore genres."""

from functools import partial
from typing import Any

from kinoteka.catalogue.editing import bodies, genres
from kinoteka.catalogue.editing.editor import Editor, commit
from kinoteka.catalogue.editing.history import author_of
from kinoteka.catalogue.editing.routes.shapes import Forced, create_route, delete_route, patch_route, restore_route
from kinoteka.web.answer import Answer
from kinoteka.web.conditional import required_match
from kinoteka.web.decode import Call
from kinoteka.web.route import Route


def genre_routes(editor: Editor) -> list[Route]:
    return [_create(editor), _change(editor), _delete(editor), _restore(editor)]


def _create(editor: Editor) -> Route:
    async def handle(call: Call[Any]) -> Answer:
        make = partial(genres.create_genre, author=author_of(call), sent=bodies.given(call.body))
        return await commit(editor, call, make)

    return create_route(
        "genre",
        summary="Make a genre",
        description="409 for a name that there is, whatever the case, spaces and Unicode form.",
        body_model=bodies.NewGenre,
        body_example={"name": "Slapstick"},
        handler=handle,
        problems=(409,),
    )


def _change(editor: Editor) -> Route:
    async def handle(call: Call[Any]) -> Answer:
        change = partial(
            genres.change_genre,
            author=author_of(call),
            genre_id=call.path["id"],
            condition=required_match(call),
            sent=bodies.given(call.body),
        )
        return await commit(editor, call, change)

    return patch_route(
        "genre", body_model=bodies.GenreChange, body_example={"name": "Slapstick"}, handler=handle, problems=(409,)
    )


def _delete(editor: Editor) -> Route:
    async def handle(call: Call[Forced]) -> Answer:
        delete = partial(
            genres.delete_genre,
            author=author_of(call),
            genre_id=call.path["id"],
            condition=required_match(call),
            force=call.query.force == "true",
        )
        return await commit(editor, call, delete)

    return delete_route(
        "genre",
        description="One that films have only with `force=true`: these go without it. It can be restored for 30 days.",
        query_model=Forced,
        handler=handle,
        problems=(409,),
    )


def _restore(editor: Editor) -> Route:
    async def handle(call: Call[Any]) -> Answer:
        restore = partial(genres.restore_genre, author=author_of(call), genre_id=call.path["id"])
        return await commit(editor, call, restore)

    return restore_route(
        "genre",
        description="Within 30 days; films have it again. 409 when another genre has the name by now.",
        handler=handle,
    )
