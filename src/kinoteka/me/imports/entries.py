"""A row of somebody's file: which film, into which list; and how the texts in it are read."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Literal

from msgspec import Struct

from kinoteka.ratings.scores import HIGHEST, LOWEST

Target = Literal["ratings", "favourites", "wishlist"]
IdSource = Literal["imdb", "tmdb", "film"]
"""`film`: an id of this catalogue."""

_LONGEST_TITLE = 500
_LONGEST_QUOTE = 20
_EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)
_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
_OLD_IMDB = "%a %b %d %H:%M:%S %Y"


class Entry(Struct, frozen=True, kw_only=True):
    """`line`: in the file; of JSON, the place in it. `halves`: the score. `fault`: why it cannot be taken."""

    file: str
    line: int
    target: Target
    title: str | None = None
    year: int | None = None
    ids: Mapping[IdSource, str] = {}
    halves: int | None = None
    at: datetime | None = None
    fault: str | None = None


class WrongScoreError(ValueError):
    """A score that is none; the text says what it must be."""


def halves_of_stars(text: str) -> int:
    """From half a star to five: exactly twice as many points."""
    return _halves(text, 4, 2, "Must be 0.5 to 5 stars in half steps")


def halves_of_points(text: str) -> int:
    return _halves(text, 2, 1, "Must be 1 to 10 points in half or whole steps")


def _halves(text: str, factor: int, coarse: int, rule: str) -> int:
    """Only what is between the bounds is counted with: 1e999999 is a number too."""
    try:
        score = Decimal(text.strip())
    except InvalidOperation:
        raise WrongScoreError(f"{rule}, and is «{begin(text)}»") from None
    if not score.is_finite() or not 0 < score <= HIGHEST:
        raise WrongScoreError(f"{rule}, and is «{begin(text)}»")
    halves = score * factor
    if halves % coarse or not LOWEST <= halves <= HIGHEST:
        raise WrongScoreError(f"{rule}, and is «{begin(text)}»")
    return int(halves)


def begin(text: str) -> str:
    """Its beginning, for a sentence that PostgreSQL takes."""
    return "".join(filter(str.isprintable, text[:_LONGEST_QUOTE]))


def read_moment(text: str | None) -> datetime | None:
    """A day or a moment; None when it is neither: a film is not left out for its date."""
    try:
        moment = _parse_moment((text or "").strip())
    except ValueError:
        return None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return moment if _EARLIEST <= moment <= datetime.now(UTC) else None


def _parse_moment(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return datetime.strptime(text, _OLD_IMDB).replace(tzinfo=UTC)


def read_seconds(text: str | None) -> datetime | None:
    """Since 1970."""
    try:
        return read_moment(datetime.fromtimestamp(int(text or ""), UTC).isoformat())
    except (ValueError, OverflowError, OSError):
        return None


def read_year(text: str | None) -> int | None:
    digits = (text or "").strip()
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) <= 4 else None


def read_id(text: str | None) -> str | None:
    """As it stands in the catalogue; None for what can be no id."""
    stripped = (text or "").strip()
    return stripped if _ID.fullmatch(stripped) else None


def read_title(text: str | None) -> str | None:
    """As PostgreSQL takes it."""
    return " ".join((text or "").replace("\0", "").split())[:_LONGEST_TITLE] or None
