"""A page of one's own films: filtered and sorted as `/films` is, in PostgreSQL, so that it is right at once.

Three statements, however many films are shown: the page, the count, the films themselves. Where words of titles
matter, one more reads the titles of all films that have passed the rest.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any
from uuid import UUID

from msgspec import Raw, Struct
from msgspec.json import encode
from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from kinoteka.catalogue.documents import build_records
from kinoteka.catalogue.repository import read
from kinoteka.database import Database
from kinoteka.lists import titles
from kinoteka.lists.conditions import RATING, Conditions, sql_conditions
from kinoteka.lists.order import TITLE, Key, Order, order_of, place_of, read_place
from kinoteka.lists.parameters import OwnFilms
from kinoteka.search.query import Filters
from kinoteka.search.service import asked
from kinoteka.web.answer import PERSONAL, Answer
from kinoteka.web.paging import CursorValues, Page, cursor_digest, decode_cursor, encode_cursor, page_links


class Source(Struct, frozen=True):
    """Somebody's films: `rows` of a table, which `columns` are shown beside the film, and the keys of its own.

    `rows` is a FROM item that begins with an alias `o`, which has a film_id; `item` makes what a list shows of a film
    and its row.
    """

    path: str
    rows: str
    columns: str
    keys: Mapping[str, Key]
    item: Callable[[Raw, Row[Any]], Any]


class _Asked(Struct, frozen=True):
    """`after`: the sort value and id of the film that the page goes on from, if it is reached by cursor."""

    source: Source
    conditions: Conditions
    order: Order
    title_prefix: str | None
    size: int
    offset: int
    after: tuple[Any, UUID] | None

    def sql(self, columns: str, *more: str) -> str:
        rated = RATING if self.conditions.needs_rating or self.order.key.needs_rating else ""
        where = " AND ".join(("f.deleted_at IS NULL", *self.conditions.where, *more))
        return f"SELECT {columns} FROM {self.source.rows} JOIN film AS f ON f.id = o.film_id {rated} WHERE {where}"


class _Found(Struct, frozen=True):
    rows: list[Row[Any]]
    total: int
    next: CursorValues | None


async def list_own_films(
    database: Database, source: Source, owner: Mapping[str, Any], query: OwnFilms, filters: Filters
) -> Answer:
    """`owner`: the values that the source's rows name. Raises InvalidError for a cursor of another list."""
    where, order = asked(source.path, query), order_of(query.sort, source.keys)
    digest = cursor_digest(source.path, filters, query.sort)
    conditions = sql_conditions(filters)
    conditions.values.update(owner)
    after = read_place(order, decode_cursor(query.cursor, digest)) if query.cursor is not None else None
    offset = 0 if after else (query.page - 1) * query.page_size
    wanted = _Asked(source, conditions, order, filters.title_prefix, query.page_size, offset, after)

    async def find(connection: AsyncConnection) -> tuple[_Found, list[Any]]:
        found = await _find(connection, wanted)
        return found, await _items(connection, source, found.rows)

    found, items = await read(database, find)
    page: Page[Any] = Page(
        items=items,
        total=found.total,
        page=None if after else query.page,
        page_size=query.page_size,
        cursor=encode_cursor(digest, found.next) if found.next else None,
    )
    links = page_links(where.path, where.kept, page, found.total)
    return Answer(encode(page), headers=(links,), cache_control=PERSONAL)


async def _items(connection: AsyncConnection, source: Source, rows: Sequence[Row[Any]]) -> list[Any]:
    records = await build_records(connection, "film", [row.film_id for row in rows])
    films = {record.id: Raw(record.item) for record in records}
    return [source.item(films[row.film_id], row) for row in rows if row.film_id in films]


async def _find(connection: AsyncConnection, wanted: _Asked) -> _Found:
    if wanted.order.name != TITLE and wanted.title_prefix is None:
        return await _find_in_sql(connection, wanted)
    titled: Sequence[Any] = (await connection.execute(text(wanted.sql(titles.COLUMNS)), wanted.conditions.values)).all()
    if wanted.title_prefix is not None:
        titled = await titles.begin_with(titled, wanted.title_prefix)
    if wanted.order.name == TITLE:
        return await _find_by_title(connection, wanted, titled)
    return await _find_in_sql(connection, wanted, [row.film_id for row in titled])


async def _find_in_sql(connection: AsyncConnection, wanted: _Asked, among: list[UUID] | None = None) -> _Found:
    """`among`: the films that pass what SQL cannot tell, if there is such a thing."""
    values, order = dict(wanted.conditions.values), wanted.order
    narrowed = []
    if among is not None:
        narrowed, values["among"] = ["o.film_id = ANY(:among)"], among
    total = len(among) if among is not None else await connection.scalar(text(wanted.sql("count(*)")), values)
    if wanted.after:
        narrowed.append(order.past(wanted.after[0]))
        values["after_id"] = wanted.after[1]
        values |= {"after": wanted.after[0]} if wanted.after[0] is not None else {}
    columns = f"o.film_id, {wanted.source.columns}, {order.key.column} AS sorted_by"
    paged = f"{wanted.sql(columns, *narrowed)} ORDER BY {order.by} LIMIT :size OFFSET :offset"
    values |= {"size": wanted.size + 1, "offset": wanted.offset}
    rows = list((await connection.execute(text(paged), values)).all())
    shown = rows[: wanted.size]
    more = len(rows) > wanted.size
    return _Found(shown, total or 0, place_of(shown[-1].sorted_by, shown[-1].film_id) if more else None)


async def _find_by_title(connection: AsyncConnection, wanted: _Asked, titled: Sequence[Any]) -> _Found:
    ordered = await titles.sorted_by_title(titled, wanted.order.descending)
    start = _first_after(ordered, wanted) if wanted.after else wanted.offset
    shown = ordered[start : start + wanted.size]
    columns = f"o.film_id, {wanted.source.columns}"
    values = {**wanted.conditions.values, "shown": [film for _, film in shown]}
    rows = (await connection.execute(text(wanted.sql(columns, "o.film_id = ANY(:shown)")), values)).all()
    by_film = {row.film_id: row for row in rows}
    more = start + wanted.size < len(ordered)
    return _Found(
        [by_film[film] for _, film in shown if film in by_film], len(ordered), place_of(*shown[-1]) if more else None
    )


def _first_after(ordered: Sequence[tuple[str, UUID]], wanted: _Asked) -> int:
    title, after_id = wanted.after or ("", UUID(int=0))

    def comes_later(one: tuple[str, UUID]) -> bool:
        if one[0] == title:
            return one[1] > after_id
        return one[0] < title if wanted.order.descending else one[0] > title

    return next((place for place, one in enumerate(ordered) if comes_later(one)), len(ordered))
