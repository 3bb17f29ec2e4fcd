"""Sort keys. tantivy sorts by one 64-bit field: the value in its upper bits, the beginning of the id below it.

So ties go by id. Where the field cannot hold all of it, documents share a value: a run, which listing.py puts in order.
"""

from collections.abc import Callable
from functools import cache, lru_cache

from msgspec import Struct

from kinoteka.search.documents import Document
from kinoteka.search.query import Sort, SortKey

_TEXT_CHARACTERS, _TEXT_BITS = 9, 7
_ALPHABETS = ((" ", " ", 2), ("0", "9", 4), ("a", "z", 15), ("а", "џ", 42))
"""First and last character, and the first one's code; the code before it is for everything in between."""


class _Packing(Struct, frozen=True):
    """A key's width, and its value as a number from 0 (first in ascending order); the highest is for «none»."""

    bits: int
    value: Callable[[Document], int | None]
    is_text: bool = False
    """Then the value is only a beginning, and the id must not decide before the rest of the text has."""


def _scaled(name: str, factor: int) -> Callable[[Document], int | None]:
    def value(document: Document) -> int | None:
        raw = getattr(document, name)
        return None if raw is None else round(raw * factor)

    return value


def _packed_text(document: Document) -> int:
    """The first nine characters, seven bits each, in an order that never contradicts that of the code points."""
    packed, left = 0, _TEXT_CHARACTERS
    for character in document.sort_text[:_TEXT_CHARACTERS]:
        code, is_exact = _character_code(character)
        packed, left = packed << _TEXT_BITS | code, left - 1
        if not is_exact:
            break
    return packed << _TEXT_BITS * left


@lru_cache(maxsize=4096)
def _character_code(character: str) -> tuple[int, bool]:
    """The code, and whether it is this character's alone; if not, nothing can be told from what follows. 0: none."""
    for first, last, code in _ALPHABETS:
        if character < first:
            return code - 1, False
        if character <= last:
            return code + ord(character) - ord(first), True
    return _ALPHABETS[-1][2] + 48, False


_PACKINGS: dict[SortKey, _Packing] = {
    "rating": _Packing(16, _scaled("rating", 100)),
    "year": _Packing(16, _scaled("year", 1)),
    "minutes": _Packing(20, _scaled("minutes", 1)),
    "votes": _Packing(32, _scaled("votes", 1)),
    "weighted_rating": _Packing(16, _scaled("weighted_rating", 1000)),
    "created_at": _Packing(54, _scaled("created_at", 1)),
    "film_count": _Packing(32, _scaled("film_count", 1)),
    "title": _Packing(63, _packed_text, is_text=True),
}
_ALIASES: dict[SortKey, SortKey] = {"name": "title"}


def sort_field(sort: Sort) -> str:
    """Its ascending order is the order asked for."""
    return f"by_{_ALIASES.get(sort.key, sort.key)}_{'down' if sort.descending else 'up'}"


def sort_fields() -> tuple[str, ...]:
    return tuple(sort_field(Sort(key, descending)) for key in _PACKINGS for descending in (False, True))


def sort_values(document: Document) -> dict[str, int]:
    values, id_high = {}, document.id.int >> 64
    for packing, up_field, down_field in _packed_fields():
        value, highest, free = packing.value(document), (1 << packing.bits) - 1, 64 - packing.bits
        up = highest if value is None else min(value, highest - 1)
        down = highest if value is None else highest - 1 - up
        low = 0 if packing.is_text else id_high >> packing.bits
        values[up_field], values[down_field] = up << free | low, down << free | low
    return values


@cache
def _packed_fields() -> tuple[tuple[_Packing, str, str], ...]:
    """With the fields that hold it, ascending and descending: not named anew for every document."""
    return tuple(
        (packing, sort_field(Sort(key)), sort_field(Sort(key, descending=True))) for key, packing in _PACKINGS.items()
    )


def is_text(sort: Sort) -> bool:
    return sort.key in {"title", "name"}
