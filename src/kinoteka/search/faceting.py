"""Facets: which filter each stands for, and how its values read."""

from collections.abc import Callable, Iterable, Mapping
from typing import Literal

from msgspec.structs import replace

from kinoteka.catalogue.documents import KINDS
from kinoteka.search.engine import FacetValue
from kinoteka.search.filtering import is_every_kind
from kinoteka.search.query import Search

FacetName = Literal["genres", "decades", "ratings", "kinds"]
FACETS: tuple[FacetName, ...] = ("genres", "decades", "ratings", "kinds")
BANDS: tuple[tuple[int, int], ...] = ((1, 2), (2, 3), (3, 4), (4, 5), (5, 6), (6, 7), (7, 8), (8, 9), (9, 11))
"""Ratings from the first, below the second; the last takes 10 in."""


def without_own_filter(search: Search, facet: FacetName) -> Search:
    """The search whose result the facet counts: all of its filters hold but the facet's own."""
    match facet:
        case "genres":
            return replace(search, filters=replace(search.filters, genres=()))
        case "decades":
            return replace(search, filters=replace(search.filters, year_from=None, year_to=None))
        case "ratings":
            return replace(search, filters=replace(search.filters, rating_from=None, rating_to=None))
        case "kinds":
            return search if is_every_kind(search.kinds) else replace(search, kinds=KINDS)


def genre_values(counts: Mapping[str, int], name_of: Callable[[str], str | None]) -> list[FacetValue]:
    """Most frequent first; `counts` by genre id. A genre that is gone is left out."""
    named = [(id, name_of(id), count) for id, count in counts.items()]  # noqa: A001 - the field's own term
    values = [FacetValue(id, name, count) for id, name, count in named if name is not None]  # noqa: A001 - as above
    return sorted(values, key=lambda value: (-value.count, value.label))


def decade_values(counts: Mapping[int, int]) -> list[FacetValue]:
    return [FacetValue(str(year), f"{year}s", count) for year, count in sorted(counts.items()) if count]


def band_values(counts: Iterable[int]) -> list[FacetValue]:
    """`counts` in the order of BANDS. A label shows what to filter by: rating_from and rating_to, both included."""
    labelled = zip(BANDS, counts, strict=True)
    return [FacetValue(str(low), f"{low}–{_last(high)}", count) for (low, high), count in labelled if count]


def _last(high: int) -> str:
    """The highest rating of a band; ratings have two digits after the point."""
    return "10" if high > 10 else f"{high - 0.01:.2f}"


def kind_values(counts: Mapping[str, int]) -> list[FacetValue]:
    return [FacetValue(kind, kind, counts[kind]) for kind in KINDS if counts.get(kind)]
