"""Addresses of imports of own ratings and lists."""

import asyncio
from functools import partial
from typing import Annotated, Any

from pydantic import Field

from kinoteka.accounts.context import Accounts
from kinoteka.accounts.lists import Asked, Listing, list_page
from kinoteka.accounts.routes.auth import NOTHING
from kinoteka.accounts.routes.me import BASE, LINKS
from kinoteka.catalogue.editing.editor import Editor
from kinoteka.me.imports import examples, jobs, schemas, service
from kinoteka.me.imports.applying import Outcome
from kinoteka.me.imports.jobs import OwnImport
from kinoteka.me.imports.reading import SOURCES
from kinoteka.me.imports.undo import undo
from kinoteka.web.answer import Answer, answer_nothing, answer_personal
from kinoteka.web.decode import Call
from kinoteka.web.form import parse_form
from kinoteka.web.guard import Access
from kinoteka.web.idempotency import Keyed
from kinoteka.web.page_query import Paged
from kinoteka.web.parameters import Id, Parameters
from kinoteka.web.route import Method, Route, Shape
from kinoteka.web.upload import Upload

PATH = f"{BASE}/imports"
TAG = "Lists"
_READ_AT_ONCE = 2
_FORM = {
    "type": "object",
    "required": ["file", "source"],
    "additionalProperties": False,
    "properties": {
        "file": {"type": "string", "format": "binary", "description": "As it was downloaded."},
        "source": {"type": "string", "enum": list(SOURCES), "description": "Whose file it is."},
        "dry_run": {"type": "string", "enum": ["true", "false"], "default": "false", "description": "Tell, do not do."},
    },
}
_IMPORT = Shape("The import", OwnImport, example=examples.OWN_IMPORT)


class ImportPath(Parameters):
    id: Id


class RowList(Paged):
    outcome: Annotated[Outcome | None, Field(description="Only rows that this became of.")] = None


def import_routes(accounts: Accounts, editor: Editor, most_bytes: int) -> list[Route]:
    return [_create(editor, most_bytes), _list(accounts), _get(editor), _rows(editor), _undo(editor)]


def _create(editor: Editor, most_bytes: int) -> Route:
    turn = asyncio.Semaphore(_READ_AT_ONCE)
    return Route(
        method="POST",
        path=PATH,
        access=Access.USER,
        operation_id="importMine",
        summary="Bring own ratings and lists along from another site",
        description=(
            "A form with the file of Letterboxd (zip), IMDb (CSV), Trakt (JSON or zip), MovieLens (zip) or of this API "
            f"(CSV), {most_bytes // 2**20} MB at most. It is read to its end and then done as a job: the answer says "
            "where to look. Twice adds nothing. A dry run tells the same and does nothing."
        ),
        tag=TAG,
        header_model=Keyed,
        upload=Upload(("multipart/form-data",), most_bytes, _FORM),
        handler=partial(_handle_create, editor, turn),
        answers={
            202: Shape(
                "Taken in", OwnImport, example=examples.OWN_IMPORT, headers={"Location": "Where it tells how it goes"}
            )
        },
        problems=(409, 503),
    )


async def _handle_create(editor: Editor, turn: asyncio.Semaphore, call: Call[Any]) -> Answer:
    new = await service.take_in(parse_form(call.headers, call.body), turn)
    async with editor.database.answering() as connection:
        import_id = await jobs.create(connection, call.user.user_id, new)
        made = await jobs.get_import(connection, call.user.user_id, import_id)
    return answer_personal(made, (b"location", f"{PATH}/{import_id}".encode()), status=202)


def _list(accounts: Accounts) -> Route:
    async def handle(call: Call[Paged]) -> Answer:
        listing = Listing(PATH, "FROM own_import", jobs.COLUMNS, "created_at", "id", jobs.import_of)
        asked = Asked(("account_id = :account",), {"account": call.user.user_id})
        return await list_page(accounts, listing, call.query, asked)

    return Route(
        method="GET",
        path=PATH,
        access=Access.USER,
        operation_id="listMyImports",
        summary="One's own imports, the newest first",
        description=f"The last {jobs.MOST_KEPT} are kept.",
        tag=TAG,
        query_model=Paged,
        handler=handle,
        answers={200: Shape("A page", schemas.ImportPage, example=examples.PAGE, headers=LINKS)},
        problems=(503,),
    )


def _one(method: Method, path: str, operation_id: str, summary: str, **more: Any) -> Route:
    return Route(
        method=method,
        path=f"{PATH}/{{id}}{path}",
        access=Access.USER,
        operation_id=operation_id,
        summary=summary,
        tag=TAG,
        path_model=ImportPath,
        problems=(404, 503),
        parameter_examples={"id": str(examples.OWN_IMPORT.id)},
        **more,
    )


def _get(editor: Editor) -> Route:
    async def handle(call: Call[Any]) -> Answer:
        return answer_personal(await service.get(editor.database, call.user.user_id, call.path["id"]))

    return _one("GET", "", "getMyImport", "How an import goes", handler=handle, answers={200: _IMPORT})


def _rows(editor: Editor) -> Route:
    async def handle(call: Call[RowList]) -> Answer:
        import_id, query = call.path["id"], call.query
        path = f"{PATH}/{import_id}/rows"
        return await service.list_rows(editor.database, call.user.user_id, import_id, path, query, query.outcome)

    return _one(
        "GET",
        "/rows",
        "listImportRows",
        "What became of each row of the file",
        query_model=RowList,
        handler=handle,
        answers={200: Shape("A page", schemas.ImportRowPage, example=examples.ROW_PAGE, headers=LINKS)},
    )


def _undo(editor: Editor) -> Route:
    async def handle(call: Call[Any]) -> Answer:
        await undo(editor, call.user.user_id, call.path["id"])
        return answer_nothing()

    return _one(
        "DELETE",
        "",
        "undoImport",
        "Take an import back",
        description="What it added goes, what it changed is as before, unless it was changed again since.",
        handler=handle,
        answers={204: NOTHING},
        media_types=(),
    )
