"""Lists of tables that are in no index: newest first, by number or by cursor."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Generic, Protocol, TypeVar
from uuid import UUID

from msgspec.json import encode
from sqlalchemy import Row, text

from kinoteka.database import Database
from kinoteka.web.answer import PERSONAL, Answer
from kinoteka.web.page_query import Paged
from kinoteka.web.paging import (
    CursorValues,
    Page,
    cursor_digest,
    decode_cursor,
    encode_cursor,
    invalid_cursor,
    page_links,
)

T = TypeVar("T")


@dataclass(frozen=True)
class Listing(Generic[T]):
    """`source`: a FROM clause; `moment` and `id`: the columns that order it; both are among `columns`."""

    path: str
    source: str
    columns: str
    moment: str
    id: str
    item: Callable[[Row[tuple[Any, ...]]], T]


@dataclass(frozen=True)
class Asked:
    """Conditions in SQL with the values they name; `kept`: the parameters that links repeat."""

    conditions: tuple[str, ...] = ()
    values: Mapping[str, Any] = field(default_factory=dict)
    kept: Mapping[str, Any] = field(default_factory=dict)


class Asking(Protocol):
    @property
    def database(self) -> Database: ...


async def list_page(asking: Asking, listing: Listing[Any], page: Paged, asked: Asked) -> Answer:
    digest = cursor_digest(listing.path, sorted((name, str(value)) for name, value in asked.kept.items()))
    conditions, values = list(asked.conditions), dict(asked.values)
    where = _where(conditions)
    if page.cursor is not None:
        values |= _after(decode_cursor(page.cursor, digest))
        conditions.append(f"({listing.moment} < :moment OR ({listing.moment} = :moment AND {listing.id} > :after_id))")
    values |= {"size": page.page_size + 1, "offset": 0 if page.cursor else (page.page - 1) * page.page_size}
    query = (
        f"SELECT {listing.columns}, {listing.moment} AS ordered_at, {listing.id} AS ordered_id {listing.source} "
        f"{_where(conditions)} ORDER BY {listing.moment} DESC, {listing.id} LIMIT :size OFFSET :offset"
    )
    async with asking.database.answering() as connection:
        rows = (await connection.execute(text(query), values)).all()
        total = await connection.scalar(text(f"SELECT count(*) {listing.source} {where}"), asked.values)
    return _answer(listing, page, rows, total or 0, digest, asked)


def _answer(listing: Listing[Any], page: Paged, rows: Any, total: int, digest: bytes, asked: Asked) -> Answer:
    shown = rows[: page.page_size]
    more = len(rows) > page.page_size
    found: Page[Any] = Page(
        items=[listing.item(row) for row in shown],
        total=total,
        page=None if page.cursor else page.page,
        page_size=page.page_size,
        cursor=encode_cursor(digest, _position(shown[-1])) if more else None,
    )
    links = page_links(listing.path, {**asked.kept, "page_size": page.page_size}, found, total)
    return Answer(encode(found), headers=(links,), cache_control=PERSONAL)


def _where(conditions: list[str]) -> str:
    return "WHERE " + " AND ".join(conditions) if conditions else ""


def _position(row: Row[tuple[Any, ...]]) -> CursorValues:
    return row.ordered_at.isoformat(), str(row.ordered_id)


def _after(values: CursorValues) -> dict[str, Any]:
    try:
        moment, id_ = values
        return {"moment": datetime.fromisoformat(str(moment)), "after_id": UUID(str(id_))}
    except ValueError:
        raise invalid_cursor("Must be a cursor that an earlier page gave") from None
