"""Addresses that tell who changed what, and when."""

from functools import partial
from typing import Any

from msgspec import Raw
from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from kinoteka.accounts.lists import Asked, Listing, list_page
from kinoteka.catalogue.documents import KINDS, Kind
from kinoteka.catalogue.editing import schemas
from kinoteka.catalogue.editing.editor import Editor, look
from kinoteka.catalogue.editing.routes.shapes import one_route
from kinoteka.errors import NotFoundError
from kinoteka.web.answer import Answer
from kinoteka.web.decode import Call
from kinoteka.web.page_query import Paged
from kinoteka.web.route import Route, Shape

_LINKS = {"Link": "first, prev, next and last page (RFC 8288), as far as they exist"}
_SOURCE = "FROM catalogue_change AS c LEFT JOIN account AS a ON a.id = c.actor_id"
_COLUMNS = "c.id, c.at, c.action, c.version, c.actor_id, a.name, c.request_id, c.changes::text AS changes"


def change_routes(editor: Editor) -> list[Route]:
    return [_changes(editor, kind) for kind in KINDS]


def _changes(editor: Editor, kind: Kind) -> Route:
    return one_route(
        kind,
        "listChangesOf",
        "GET",
        "/changes",
        summary=f"Who changed what of a {kind}, and when: the newest first",
        description="Kept also when it is gone for good. Imports from files do not appear here.",
        query_model=Paged,
        handler=partial(_handle, editor, kind),
        answers={200: Shape("A page", schemas.ChangePage, headers=_LINKS, example=schemas.EXAMPLE)},
    )


async def _handle(editor: Editor, kind: Kind, call: Call[Paged]) -> Answer:
    id_ = call.path["id"]
    await look(editor, partial(_require, kind=kind, id_=id_))
    path = f"/api/v1/{kind}s/{id_}/changes"
    listing = Listing(path, _SOURCE, _COLUMNS, "c.at", "c.id", _change)
    asked = Asked(("c.record_id = :record_id", "c.kind = :kind"), {"record_id": id_, "kind": kind})
    return await list_page(editor, listing, call.query, asked)


async def _require(connection: AsyncConnection, kind: Kind, id_: Any) -> None:
    query = text(
        f"SELECT EXISTS (SELECT FROM {kind} WHERE id = :id) "
        "OR EXISTS (SELECT FROM catalogue_change WHERE record_id = :id AND kind = :kind)"
    )
    if not await connection.scalar(query, {"id": id_, "kind": kind}):
        raise NotFoundError(f"There never was a {kind} with the id {id_}.")


def _change(row: Row[tuple[Any, ...]]) -> schemas.Change[Any]:
    return schemas.Change(
        id=row.id,
        at=row.at,
        action=row.action,
        version=row.version,
        by=schemas.Author(row.actor_id, row.name) if row.actor_id is not None else None,
        request_id=row.request_id,
        changes=Raw(row.changes.encode()),
    )
