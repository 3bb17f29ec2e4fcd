"""m and C of the weighted rating as the index knows them: the database's own are newer while a rebuild is due."""

from collections.abc import Iterable

from msgspec import Struct
from msgspec.json import Decoder

from kinoteka.catalogue import repository
from kinoteka.database import Database
from kinoteka.search.engine import SearchEngine

FORMULA = "(m * c + rating * votes) / (m + votes)"
_ROUNDING, _RATING_ROUNDING = 0.00051, 0.0051
"""Weighted ratings have three decimals, ratings two."""


class Weights(Struct, frozen=True):
    """`settled`: no rebuild was asked for when they were read, so the build has them for certain."""

    build: str | None
    m: float
    c: float
    settled: bool


class _Weighed(Struct, frozen=True):
    rating: float | None
    votes: int
    weighted_rating: float | None


_ITEM = Decoder(_Weighed)


async def get_weights(database: Database, engine: SearchEngine, known: Weights | None) -> Weights:
    """Those known, once settled; whoever meets items of another build forgets them. Raises UnavailableError."""
    if known is not None and known.settled:
        return known
    build = await engine.find_build()
    m, c, settled = await repository.read(database, repository.read_weights)
    return Weights(build, m, c, settled)


def explain(weights: Weights, items: Iterable[bytes]) -> bool:
    """Whether the weighted ratings of these films come from these weights; those that are settled need no proof."""
    return weights.settled or all(_is_explained(weights, _ITEM.decode(item)) for item in items)


def _is_explained(weights: Weights, film: _Weighed) -> bool:
    if film.rating is None or film.weighted_rating is None:
        return True
    weighed = (weights.m * weights.c + film.rating * film.votes) / (weights.m + film.votes)
    slack = _RATING_ROUNDING * film.votes / (weights.m + film.votes)
    return abs(weighed - film.weighted_rating) < _ROUNDING + slack
