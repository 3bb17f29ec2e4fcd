"""Addresses that make, change, delete, restore and merge persons."""

from functools import partial
from typing import Any

from kinoteka.catalogue import examples
from kinoteka.catalogue.editing import bodies, merging, persons
from kinoteka.catalogue.editing.editor import Editor, commit
from kinoteka.catalogue.editing.history import author_of
from kinoteka.catalogue.editing.routes.shapes import (
    Forced,
    create_route,
    delete_route,
    one_route,
    patch_route,
    restore_route,
    shape,
)
from kinoteka.web.answer import Answer
from kinoteka.web.conditional import KeyedConditional, required_match
from kinoteka.web.decode import Call
from kinoteka.web.route import Route


def person_routes(editor: Editor) -> list[Route]:
    return [_create(editor), _change(editor), _delete(editor), _restore(editor), _merge(editor)]


def _create(editor: Editor) -> Route:
    async def handle(call: Call[Any]) -> Answer:
        make = partial(persons.create_person, author=author_of(call), sent=bodies.given(call.body))
        return await commit(editor, call, make)

    return create_route(
        "person",
        summary="Make a person",
        description="Namesakes are persons of their own.",
        body_model=bodies.NewPerson,
        body_example={"name": "Charlie Chaplin", "date_of_birth": "1889-04-16", "date_of_death": "1977-12-25"},
        handler=handle,
    )


def _change(editor: Editor) -> Route:
    async def handle(call: Call[Any]) -> Answer:
        change = partial(
            persons.change_person,
            author=author_of(call),
            person_id=call.path["id"],
            condition=required_match(call),
            sent=bodies.given(call.body),
        )
        return await commit(editor, call, change)

    return patch_route(
        "person",
        body_model=bodies.PersonChange,
        body_example={"name": "Charlie Chaplin", "date_of_birth": "1889-04-16", "date_of_death": None},
        handler=handle,
    )


def _delete(editor: Editor) -> Route:
    async def handle(call: Call[Forced]) -> Answer:
        delete = partial(
            persons.delete_person,
            author=author_of(call),
            person_id=call.path["id"],
            condition=required_match(call),
            force=call.query.force == "true",
        )
        return await commit(editor, call, delete)

    return delete_route(
        "person",
        description="One with credits in films only with `force=true`: these go out of sight too. It can be restored "
        "for 30 days.",
        query_model=Forced,
        handler=handle,
        problems=(409,),
    )


def _restore(editor: Editor) -> Route:
    async def handle(call: Call[Any]) -> Answer:
        restore = partial(persons.restore_person, author=author_of(call), person_id=call.path["id"])
        return await commit(editor, call, restore)

    return restore_route(
        "person",
        description="Within 30 days, with the credits in films that there are. Not one that was merged: 409.",
        handler=handle,
    )


def _merge(editor: Editor) -> Route:
    async def handle(call: Call[Any]) -> Answer:
        merge = partial(
            merging.merge_persons,
            author=author_of(call),
            old=call.path["id"],
            new=call.body.into,
            condition=required_match(call),
        )
        return await commit(editor, call, merge)

    return one_route(
        "person",
        "merge",
        "POST",
        "/merge",
        summary="Merge a person into another who is the same",
        description="Credits, external ids and the photo go to the person that stays; the old id answers 308 from then "
        "on. This is not undone.",
        header_model=KeyedConditional,
        body_model=bodies.MergePersons,
        body_example={"into": str(examples.PERSON.id)},
        handler=handle,
        answers={200: shape("person", "The person that stays", {"Content-Location": "Of the person that stays"})},
        problems=(412, 428),
    )
