"""Turns what a URL asks into what the engine is asked, and the engine's answers into pages."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from msgspec import Raw

from kinoteka.catalogue.documents import Kind
from kinoteka.catalogue.service import Reader, get_body
from kinoteka.errors import Fault, InvalidError, NotFoundError, UnavailableError
from kinoteka.search.engine import Found, FoundItem, Hits, PositionError, SearchEngine
from kinoteka.search.ids import find_id
from kinoteka.search.parameters import FilmFilters
from kinoteka.search.query import Filters, Listing, Position, Search, Sort, SortKey, Suggest
from kinoteka.search.schemas import FoundOne, FoundPage, SuggestedItem, Suggestions, TopPage
from kinoteka.search.weights import FORMULA, Weights, explain, get_weights
from kinoteka.web.answer import NO_STORE, Answer, answer_json
from kinoteka.web.page_query import Paged
from kinoteka.web.paging import (
    Page,
    cursor_digest,
    decode_cursor,
    encode_cursor,
    invalid_cursor,
    page_links,
)


@dataclass
class Finder:
    """`weights`: those that the index in use was built with, once they are known."""

    engine: SearchEngine
    reader: Reader
    weights: Weights | None = None


@dataclass(frozen=True)
class Asked:
    """The address of a list and the parameters that its links keep."""

    path: str
    kept: Mapping[str, Any]


def asked(path: str, query: Any) -> Asked:
    """Defaults are left out, given or not: queries that mean the same share one cached answer, and so its links."""
    fields = type(query).model_fields
    kept = {name: value for name, value in query.__dict__.items() if value != fields[name].default}
    return Asked(path, {name: value for name, value in kept.items() if name not in ("page", "cursor")})


async def list_kind(finder: Finder, where: Asked, kind: Kind, query: Paged, filters: Filters, sort: str) -> Answer:
    hits, digest = await _page(finder, where, kind, query, filters, sort)
    return _answer(where, Page(**_envelope(query, _raw(hits), hits, digest)))


async def list_top(finder: Finder, where: Asked, query: Paged, filters: Filters) -> Answer:
    """m and c are those that the films were weighed with. Raises UnavailableError while nobody knows them."""
    weights = finder.weights = await get_weights(finder.reader.database, finder.engine, finder.weights)
    hits, digest = await _page(finder, where, "film", query, filters, "-weighted_rating")
    if hits.build not in (None, weights.build):
        finder.weights = None  # another build came in between
        return await list_top(finder, where, query, filters)
    if not explain(weights, (item.data for item in hits.items)):
        raise UnavailableError("The films are being weighed anew; ask again in a moment.")
    return _answer(
        where, TopPage(**_envelope(query, _raw(hits), hits, digest), m=weights.m, c=weights.c, formula=FORMULA)
    )


async def _page(
    finder: Finder, where: Asked, kind: Kind, query: Paged, filters: Filters, sort: str
) -> tuple[Hits, bytes]:
    order = Sort(_sort_key(sort), sort.startswith("-"))
    digest = cursor_digest(where.path, filters, order)
    after, offset = _start(query, digest)
    listing = Listing(kind=kind, sort=order, filters=filters, size=query.page_size, offset=offset, after=after)
    with _no_made_up_cursors():
        return await finder.engine.page(listing), digest


def _sort_key(sort: str) -> SortKey:
    return sort.removeprefix("-")  # type: ignore[return-value] # the query model allows the keys alone


def _start(query: Paged, digest: bytes) -> tuple[Position | None, int]:
    if query.cursor is not None:
        return Position(decode_cursor(query.cursor, digest)), 0
    return None, (query.page - 1) * query.page_size


@contextmanager
def _no_made_up_cursors() -> Iterator[None]:
    """A cursor's digest is no secret, so anybody can make one up; what is in it only the engine can judge."""
    try:
        yield
    except PositionError:
        raise invalid_cursor("Must be a cursor that an earlier page gave") from None


def _envelope(query: Any, items: list[Any], hits: Hits | Found, digest: bytes) -> dict[str, Any]:
    """What the pages of every list that has cursors hold."""
    return {
        "items": items,
        "total": hits.total,
        "page": None if query.cursor else query.page,
        "page_size": query.page_size,
        "cursor": _cursor(hits.after, digest),
    }


def _raw(hits: Hits) -> list[Raw]:
    return [Raw(item.data) for item in hits.items]


def _answer(where: Asked, page: Page[Any], *, is_exact: bool = True) -> Answer:
    """`is_exact`: `total` is no lower bound."""
    total = page.total if is_exact else None
    return answer_json(page, page_links(where.path, where.kept, page, total))


def _cursor(after: Position | None, digest: bytes) -> str | None:
    return encode_cursor(digest, after.values) if after is not None else None


async def list_by_ids(finder: Finder, ids: tuple[UUID, ...]) -> Answer:
    """All that exist, in the order asked, on one page of 100, which has no neighbours and so no links."""
    items = await finder.engine.get_many("film", ids)
    return answer_json(_numbered(Hits(items, len(items), None), 1, 100))


async def list_similar(finder: Finder, where: Asked, film: UUID, page: int, size: int) -> Answer:
    hits = await finder.engine.similar(film, size, (page - 1) * size)
    if hits is None:
        await get_body(finder.reader, "film", film)  # one that is not indexed yet has nothing like it so far
        hits = Hits([], 0, None)
    return _answer(where, _numbered(hits, page, size))


def _numbered(hits: Hits, page: int, size: int) -> Page[Raw]:
    """A page of a list that is walked by number alone."""
    return Page(items=_raw(hits), total=hits.total, page=page, page_size=size, cursor=None)


async def draw_film(finder: Finder, filters: Filters) -> Answer:
    stored = await finder.engine.random(filters)
    if stored is None:
        raise NotFoundError("No film passes these filters.")
    return Answer(stored.data, stored.version, cache_control=NO_STORE)


async def search_all(finder: Finder, where: Asked, query: Any, filters: Filters) -> Answer:
    digest = cursor_digest(where.path, query.q, query.kind, filters)
    after, offset = _start(query, digest)
    asked_for = Search(
        text=query.q, kinds=query.kind, filters=filters, size=query.page_size, offset=offset, after=after
    )
    with _no_made_up_cursors():
        found = await finder.engine.search(asked_for)
    page = FoundPage[Any](
        **_envelope(query, [*map(_found, found.items)], found, digest),
        total_is_exact=found.total_is_exact,
        facets=found.facets,  # type: ignore[arg-type] # asked for, so they are there
        did_you_mean=found.did_you_mean,
    )
    return _answer(where, page, is_exact=found.total_is_exact)


def _found(item: FoundItem) -> FoundOne[Any, Any, Any]:
    one: dict[str, Any] = {item.stored.kind: Raw(item.stored.data)}
    return FoundOne(kind=item.stored.kind, highlight=item.highlight, **one)


async def suggest_all(finder: Finder, text: str) -> Answer:
    found = await finder.engine.suggest(Suggest(text=text))
    return answer_json(Suggestions([SuggestedItem(s.kind, s.id, s.text, s.year) for s in found]))


async def require(finder: Finder, kind: Kind, id_: UUID) -> None:
    """Raises NotFoundError unless it exists."""
    await get_body(finder.reader, kind, id_)


async def film_filters(finder: Finder, query: FilmFilters) -> Filters:
    """Looks genre names up; raises InvalidError for those that no genre has."""
    return Filters(
        genres=await _genres(finder, query.genre),
        rating_from=query.rating_from,
        rating_to=query.rating_to,
        year_from=query.year_from,
        year_to=query.year_to,
        minutes_from=query.minutes_from,
        minutes_to=query.minutes_to,
        person=query.person,
        role=query.role,
        title_prefix=query.title_prefix,
    )


async def _genres(finder: Finder, asked_for: tuple[str, ...]) -> tuple[UUID, ...]:
    ids = {value: id_ for value in asked_for if (id_ := find_id(value))}
    names = [value for value in asked_for if value not in ids]
    if names:
        known = await finder.engine.find_genres(names)
        _check_known(names, known)
        ids.update(known)
    return tuple(sorted(set(ids.values())))


def _check_known(names: list[str], known: Mapping[str, UUID]) -> None:
    faults = [
        Fault(
            code="unknown_genre",
            detail=f"There is no genre «{name[:80]}»; /api/v1/genres lists them",
            parameter="genre",
        )
        for name in names
        if name not in known
    ]
    if faults:
        raise InvalidError("A genre is not known." if len(faults) == 1 else "Genres are not known.", faults)
