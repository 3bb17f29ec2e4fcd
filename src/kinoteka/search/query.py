"""What can be asked of the index, in our words. Both engines answer these, and nothing else asks them anything."""

from typing import Literal
from uuid import UUID

from msgspec import Struct

from kinoteka.catalogue.documents import Kind
from kinoteka.catalogue.schemas import Role
from kinoteka.web import page_query

FilmSort = Literal["rating", "year", "minutes", "title", "votes", "weighted_rating", "created_at"]
PersonSort = Literal["name", "film_count"]
GenreSort = Literal["name", "film_count"]
SortKey = Literal["rating", "year", "minutes", "title", "votes", "weighted_rating", "created_at", "name", "film_count"]

MAX_DEPTH = page_query.MAX_DEPTH
"""Results that can be reached by page number; past them only a cursor goes on."""
MAX_SEARCH_TOTAL = 10_000
"""A search counts no further."""


class Sort(Struct, frozen=True):
    """Ties go by id, ascending; documents without a value come last in either direction."""

    key: SortKey
    descending: bool = False


class Filters(Struct, frozen=True, kw_only=True):
    """All of them must hold; empty or None means: not asked. Ranges include both ends.

    `role` narrows `person`; alone it is asked of persons: who did this in any film.
    """

    genres: tuple[UUID, ...] = ()
    """Any of these."""
    rating_from: float | None = None
    rating_to: float | None = None
    year_from: int | None = None
    year_to: int | None = None
    minutes_from: int | None = None
    minutes_to: int | None = None
    person: UUID | None = None
    role: Role | None = None
    title_prefix: str | None = None
    """Raw text; matches any of a film's titles, folded."""
    name: str | None = None
    """Persons only, raw text: every word begins a word of the name, or each sounds like one, or the whole is a name
    by its keys."""
    exclude: tuple[UUID, ...] = ()


class Position(Struct, frozen=True):
    """Where a cursor goes on: right after the document with these sort values. Its content is the engine's own."""

    values: tuple[int | float | str | None, ...]


class Listing(Struct, frozen=True, kw_only=True):
    """A page of one kind. Either `offset` or `after`; offset + size is at most MAX_DEPTH."""

    kind: Kind
    sort: Sort
    filters: Filters = Filters()
    size: int
    offset: int = 0
    after: Position | None = None


class Search(Struct, frozen=True, kw_only=True):
    """Ranked results over `kinds`. `text` is what the user typed, raw; it has no syntax."""

    text: str
    kinds: tuple[Kind, ...] = ("film", "person", "genre")
    filters: Filters = Filters()
    size: int
    offset: int = 0
    after: Position | None = None
    facets: bool = True


class Suggest(Struct, frozen=True, kw_only=True):
    text: str
    size: int = 10
