"""Takes a file in as a job, and tells how it goes."""

import asyncio
from functools import partial
from typing import Any, cast
from uuid import UUID

from msgspec import convert
from msgspec.json import encode
from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from kinoteka.catalogue.repository import read
from kinoteka.database import Database
from kinoteka.errors import Fault
from kinoteka.me.imports import jobs
from kinoteka.me.imports.applying import Outcome
from kinoteka.me.imports.entries import read_title
from kinoteka.me.imports.jobs import NewImport, OwnImport
from kinoteka.me.imports.matching import Candidate
from kinoteka.me.imports.reading import SOURCES, SourceName, count_entries
from kinoteka.me.imports.schemas import ImportRow
from kinoteka.ratings.scores import to_score
from kinoteka.web.answer import PERSONAL, Answer
from kinoteka.web.decode import invalid
from kinoteka.web.form import Form
from kinoteka.web.page_query import Paged
from kinoteka.web.paging import Page, cursor_digest, decode_cursor, encode_cursor, invalid_cursor, page_links

_TEXTS = {"source", "dry_run"}
_ROWS = """
SELECT r.number, r.file, r.line, r.list, r.title, r.year, r.external_id, r.score, r.outcome, r.reason, r.candidates,
       f.id AS film_id, f.title AS film_title, f.year AS film_year
FROM own_import_row AS r
LEFT JOIN film AS f ON f.id = r.film_id AND f.deleted_at IS NULL
WHERE r.import_id = :id AND (CAST(:outcome AS text) IS NULL OR r.outcome = :outcome) AND r.number > :after
ORDER BY r.number LIMIT :size OFFSET :offset
"""
_COUNT = """
SELECT count(*) FROM own_import_row
WHERE import_id = :id AND (CAST(:outcome AS text) IS NULL OR outcome = :outcome)
"""


async def take_in(form: Form, turn: asyncio.Semaphore) -> NewImport:
    """Reads the file to its end, a few at a time. Raises InvalidError with every fault of form and file."""
    faults = [*_faults(form)]
    if faults:
        raise invalid(faults)
    source, file = cast("SourceName", form.texts["source"]), form.files["file"]
    name = read_title(file.name) or "file"
    async with turn:
        total = await asyncio.to_thread(count_entries, source, file.content, name)
    dry_run = form.texts.get("dry_run", "false") == "true"
    return NewImport(source=source, file_name=name, dry_run=dry_run, content=file.content, total=total)


def _faults(form: Form) -> list[Fault]:
    faults = [
        Fault(code="unknown", detail="There is no such field; known are file, source and dry_run", pointer=f"/{name}")
        for name in sorted({*form.texts, *form.files} - _TEXTS - {"file"})
    ]
    faults += [Fault(code="repeated", detail="Must be given once", pointer=f"/{name}") for name in form.repeated]
    if "file" not in form.files:
        detail = "Must be a file, with a file name" if "file" in form.texts else "Must be given"
        faults.append(Fault(code="missing", detail=detail, pointer="/file"))
    for name, choices in (("source", SOURCES), ("dry_run", ("true", "false"))):
        given = form.texts.get(name, "false" if name == "dry_run" else None)
        if given is None:
            faults.append(Fault(code="missing", detail="Must be given", pointer=f"/{name}"))
        elif given not in choices:
            faults.append(Fault(code="choice", detail=f"Must be one of {', '.join(choices)}", pointer=f"/{name}"))
    return faults


async def get(database: Database, account: UUID, import_id: UUID) -> OwnImport:
    """Raises NotFoundError."""
    return await read(database, partial(jobs.get_import, account=account, import_id=import_id))


async def list_rows(
    database: Database, account: UUID, import_id: UUID, path: str, page: Paged, outcome: Outcome | None
) -> Answer:
    """In the order of the file. Raises NotFoundError."""
    kept = {"outcome": outcome} if outcome else {}
    digest = cursor_digest(path, outcome)
    after = _after(page.cursor, digest) if page.cursor else -1
    offset = 0 if page.cursor else (page.page - 1) * page.page_size
    values = {"id": import_id, "outcome": outcome, "after": after, "size": page.page_size + 1, "offset": offset}

    async def query(connection: AsyncConnection) -> tuple[list[Row[Any]], int]:
        await jobs.get_import(connection, account, import_id)
        rows = (await connection.execute(text(_ROWS), values)).all()
        total = await connection.scalar(text(_COUNT), {"id": import_id, "outcome": outcome})
        return list(rows), total or 0

    rows, total = await read(database, query)
    more = len(rows) > page.page_size
    shown = rows[: page.page_size]
    found: Page[ImportRow] = Page(
        items=[_row(row) for row in shown],
        total=total,
        page=None if page.cursor else page.page,
        page_size=page.page_size,
        cursor=encode_cursor(digest, (shown[-1].number,)) if more else None,
    )
    links = page_links(path, {**kept, "page_size": page.page_size}, found, total)
    return Answer(encode(found), headers=(links,), cache_control=PERSONAL)


def _after(cursor: str, digest: bytes) -> int:
    values = decode_cursor(cursor, digest)
    if len(values) == 1 and isinstance(values[0], int) and 0 <= values[0] < 2**31:
        return values[0]
    raise invalid_cursor("Must be a cursor that an earlier page gave")


def _row(row: Row[Any]) -> ImportRow:
    return ImportRow(
        number=row.number,
        file=row.file,
        line=row.line,
        list=row.list,
        title=row.title,
        year=row.year,
        external_id=row.external_id,
        score=None if row.score is None else to_score(row.score),
        outcome=row.outcome,
        reason=row.reason,
        film=Candidate(row.film_id, row.film_title, row.film_year) if row.film_id else None,
        candidates=convert(row.candidates, tuple[Candidate, ...]),
    )
