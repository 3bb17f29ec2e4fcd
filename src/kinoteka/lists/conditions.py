"""The filters of `/films` in SQL, of a film `f` with its rating in `r`: they pass what the search engine passes.

Words of titles are not among them: how they are folded is known to Python alone.
"""

from decimal import Decimal
from typing import Any

from msgspec import Struct

from kinoteka.catalogue.documents import RATED, TOTALS
from kinoteka.search.query import Filters

RATING = f"""
CROSS JOIN rating_weight AS w
CROSS JOIN LATERAL ({TOTALS}) AS t
CROSS JOIN LATERAL ({RATED}) AS r
"""
_BOUNDS = {
    "rating_from": "r.rating >= :rating_from",
    "rating_to": "r.rating <= :rating_to",
    "year_from": "f.year >= :year_from",
    "year_to": "f.year <= :year_to",
    "minutes_from": "f.minutes >= :minutes_from",
    "minutes_to": "f.minutes <= :minutes_to",
}
_GENRES = """
EXISTS (SELECT FROM film_genre AS l JOIN genre AS g ON g.id = l.genre_id AND g.deleted_at IS NULL
        WHERE l.film_id = f.id AND l.genre_id = ANY(:genres))
"""
_PERSON = """
EXISTS (SELECT FROM credit AS l JOIN person AS p ON p.id = l.person_id AND p.deleted_at IS NULL
        WHERE l.film_id = f.id AND l.person_id = :person AND (CAST(:role AS text) IS NULL OR l.role = :role))
"""


class Conditions(Struct, frozen=True):
    """`where`: all must hold; `values`: those that they name."""

    where: tuple[str, ...]
    values: dict[str, Any]
    needs_rating: bool


def sql_conditions(filters: Filters) -> Conditions:
    bounds = {name: bound for name in _BOUNDS if (bound := getattr(filters, name)) is not None}
    where = [_BOUNDS[name] for name in bounds]
    values: dict[str, Any] = {name: _exact(bound) for name, bound in bounds.items()}
    if filters.genres:
        where.append(_GENRES)
        values["genres"] = list(filters.genres)
    if filters.person is not None:
        where.append(_PERSON)
        values |= {"person": filters.person, "role": filters.role}
    needs_rating = filters.rating_from is not None or filters.rating_to is not None
    return Conditions(tuple(where), values, needs_rating)


def _exact(bound: float) -> Decimal | int:
    """As it was written: 8.1 is not the binary fraction next to it."""
    return Decimal(repr(bound)) if isinstance(bound, float) else bound
