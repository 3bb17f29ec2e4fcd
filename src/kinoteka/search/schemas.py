"""What lists and search look like on the wire."""

from typing import Generic, TypeVar
from uuid import UUID

from msgspec import Struct

from kinoteka.catalogue.documents import Kind
from kinoteka.catalogue.schemas import FilmItem, Genre, PersonItem
from kinoteka.search.engine import Facets, Highlight
from kinoteka.web.paging import Page

F = TypeVar("F")
P = TypeVar("P")
G = TypeVar("G")
T = TypeVar("T")


class FoundOne(Struct, Generic[F, P, G], frozen=True, kw_only=True):
    """Of `film`, `person` and `genre` the one that `kind` names is there, the others are null."""

    kind: Kind
    highlight: Highlight
    film: F | None = None
    person: P | None = None
    genre: G | None = None


class FoundPage(Page[T], Generic[T], frozen=True, kw_only=True):
    """`total` stops at 10,000, and `total_is_exact` is false then."""

    total_is_exact: bool
    facets: Facets
    did_you_mean: str | None


class TopPage(Page[T], Generic[T], frozen=True, kw_only=True):
    """How the order came about: `m` votes of the mean `c` are added to each film's own."""

    m: float
    c: float
    formula: str


class SuggestedItem(Struct, frozen=True):
    kind: Kind
    id: UUID
    text: str
    year: int | None


class Suggestions(Struct, frozen=True):
    items: list[SuggestedItem]


class FilmPage(Page[FilmItem], frozen=True, kw_only=True):
    """Films. `page` is null on a page reached by cursor; `cursor` leads to the next page and is null on the last."""


class PersonPage(Page[PersonItem], frozen=True, kw_only=True):
    """Persons, in the envelope of every list."""


class GenrePage(Page[Genre], frozen=True, kw_only=True):
    """Genres, in the envelope of every list."""


class TopFilms(TopPage[FilmItem], frozen=True, kw_only=True):
    """Films by weighted rating: `m` votes of the mean `c` are added to each film's own."""


class FoundItem(FoundOne[FilmItem, PersonItem, Genre], frozen=True, kw_only=True):
    """Of `film`, `person` and `genre` the one that `kind` names is there, the others are null."""


class SearchPage(FoundPage[FoundItem], frozen=True, kw_only=True):
    """Results, best first. `total` stops at 10,000, and `total_is_exact` is false then."""
