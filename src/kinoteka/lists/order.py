"""By what one's own films are sorted, and where a page goes on."""

from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any
from uuid import UUID

from msgspec import Struct

from kinoteka.web.paging import CursorValues, invalid_cursor

TITLE = "title"
"""Sorted by words as Python folds them: see titles.py."""
_MOST_DIGITS, _LARGEST = 20, 2**63


class Key(Struct, frozen=True):
    """`column`: what is sorted by in SQL, of which `type`; `parse` reads it back from a cursor."""

    column: str
    type: str
    parse: Callable[[str], object]
    needs_rating: bool = False


def parse_whole(text: str) -> int:
    number = int(text)
    if not -_LARGEST <= number < _LARGEST:
        raise ValueError("too large")
    return number


def _parse_decimal(text: str) -> Decimal:
    number = Decimal(text)
    if not number.is_finite() or len(text) > _MOST_DIGITS:
        raise ValueError("no such number")
    return number


def moment(column: str) -> Key:
    return Key(column, "timestamptz", datetime.fromisoformat)


FILM_KEYS: Mapping[str, Key] = {
    "rating": Key("r.rating", "numeric", _parse_decimal, needs_rating=True),
    "votes": Key("r.votes", "numeric", _parse_decimal, needs_rating=True),
    "weighted_rating": Key("r.weighted_rating", "numeric", _parse_decimal, needs_rating=True),
    "year": Key("f.year", "bigint", parse_whole),
    "minutes": Key("f.minutes", "bigint", parse_whole),
    "created_at": moment("f.created_at"),
    TITLE: Key("", "text", str),
}


class Order(Struct, frozen=True):
    """Ties go by the film's id, ascending; films without a value come last in either direction."""

    name: str
    key: Key
    descending: bool

    @property
    def by(self) -> str:
        return f"{self.key.column} IS NULL, {self.key.column} {'DESC' if self.descending else 'ASC'}, o.film_id"

    def past(self, value: object | None) -> str:
        """The condition of those after the film `:after_id` with that value, `:after`."""
        column = self.key.column
        if value is None:
            return f"({column} IS NULL AND o.film_id > :after_id)"
        after = f"CAST(:after AS {self.key.type})"
        beyond = f"{column} {'<' if self.descending else '>'} {after}"
        return f"({column} IS NULL OR {beyond} OR ({column} = {after} AND o.film_id > :after_id))"


def order_of(sort: str, own: Mapping[str, Key]) -> Order:
    """`own`: the keys of the list itself."""
    name = sort.removeprefix("-")
    return Order(name, own[name] if name in own else FILM_KEYS[name], sort.startswith("-"))


def place_of(value: Any, film: UUID) -> CursorValues:
    text = value.isoformat() if isinstance(value, datetime) else value
    return None if text is None else str(text), str(film)


def read_place(order: Order, values: CursorValues) -> tuple[object | None, UUID]:
    """Raises InvalidError for a cursor that somebody made up."""
    try:
        value, film = values
        return None if value is None else order.key.parse(str(value)), UUID(str(film))
    except (ValueError, InvalidOperation):
        raise invalid_cursor("Must be a cursor that an earlier page gave") from None
