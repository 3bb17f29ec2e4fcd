"""A film as JSON, in the form the API answers it or in the form it takes, becomes a row; all that is wrong is named."""

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import TypeVar
from uuid import UUID

from msgspec import UNSET, UnsetType

from kinoteka.importers.rows import FilmRow, GenreRef, PersonRef, RowFault, TitleRef, list_faults

T = TypeVar("T")
Json = dict[str, object]

_DERIVED = {"weighted_rating"}
_CENT = Decimal("0.01")
KEYS = frozenset(FilmRow.__struct_fields__) - {"imdb", "tmdb"} | {"external_ids", "prior"} | _DERIVED


class FilmJson:
    """Reads one object; `faults` holds what is wrong, `unknown` the keys that mean nothing here."""

    def __init__(self, source: Json) -> None:
        self._source = source
        self.faults: list[RowFault] = []
        self.unknown = sorted(source.keys() - KEYS)

    def film(self) -> FilmRow | None:
        """None when there are faults."""
        title, year = self._read("title", _text), self._read("year", _integer)
        ids = self._external_ids()
        rating, votes = self._prior()
        film = FilmRow(
            title=self._required("title", title, "?"),
            year=self._required("year", year, 2000),
            id=self._read("id", _uuid) or None,
            original_title=self._read("original_title", _text),
            description=self._read("description", _text),
            minutes=self._read("minutes", _integer),
            rating=rating,
            votes=votes if isinstance(votes, int) else 0,
            genres=self._read_list("genres", _genre),
            directors=self._read_list("directors", _person),
            writers=self._read_list("writers", _person),
            actors=self._read_list("actors", _person),
            alternative_titles=self._read_list("alternative_titles", _title),
            imdb=ids["imdb"],
            tmdb=ids["tmdb"],
            created_at=self._read("created_at", _moment) or None,
            updated_at=self._read("updated_at", _moment) or None,
        )
        self.faults.extend(list_faults(film))
        return None if self.faults else film

    def _required(self, name: str, value: T | UnsetType | None, stand_in: T) -> T:
        """The stand-in is sound, so that the rest can be checked."""
        if value is None or value is UNSET:
            if not any(reason == f"{name}_type" for reason, _ in self.faults):
                self.faults.append((f"{name}_missing", f"{name} is missing"))
            return stand_in
        return value

    def _read(self, name: str, convert: Callable[[object], T], source: Json | None = None) -> T | UnsetType | None:
        value = (self._source if source is None else source).get(name, UNSET)
        if value is None or value is UNSET:
            return value
        try:
            return convert(value)
        except (TypeError, ValueError, InvalidOperation) as error:
            self.faults.append((f"{name}_type", f"{name} {error}"))
            return UNSET

    def _read_list(self, name: str, convert: Callable[[object], T]) -> list[T] | UnsetType:
        values = self._source.get(name, UNSET)
        if values is UNSET:
            return UNSET
        if not isinstance(values, list):
            self.faults.append((f"{name}_type", f"{name} must be a list"))
            return UNSET
        read = [self._read(name, convert, {name: value}) for value in values]
        if any(value is None for value in read):
            self.faults.append((f"{name}_type", f"{name} holds null"))
        return [value for value in read if value is not None and value is not UNSET]

    def _external_ids(self) -> dict[str, str | UnsetType | None]:
        ids = self._source.get("external_ids", {})
        if not isinstance(ids, dict):
            self.faults.append(("external_ids_type", "external_ids must be an object"))
            ids = {}
        self.unknown.extend(f"external_ids.{key}" for key in sorted(ids.keys() - {"imdb", "tmdb"}))
        return {source: self._read(source, _text, ids) for source in ("imdb", "tmdb")}

    def _prior(self) -> tuple[Decimal | UnsetType | None, int | UnsetType | None]:
        """`prior` goes before `rating` and `votes`, in which the API's answer counts users' scores too."""
        prior = self._source.get("prior", UNSET)
        if prior is not UNSET and not isinstance(prior, dict):
            self.faults.append(("prior_type", "prior must be an object"))
        source = prior if isinstance(prior, dict) else self._source
        rating, votes = self._read("rating", _decimal, source), self._read("votes", _integer, source)
        return (None if rating is UNSET and votes is not UNSET else rating), votes


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError("must be text")
    return value


def _integer(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError("must be a whole number")
    return value


def _decimal(value: object) -> Decimal:
    if not isinstance(value, int | float | Decimal) or isinstance(value, bool):
        raise TypeError("must be a number")
    number = Decimal(str(value))
    if not number.is_finite() or abs(number) > 1_000_000:
        raise ValueError("must be a number between 1 and 10")
    return number.quantize(_CENT)


def _uuid(value: object) -> UUID:
    try:
        return UUID(_text(value))
    except ValueError as error:
        raise ValueError("must be a UUID") from error


def _moment(value: object) -> datetime:
    try:
        moment = datetime.fromisoformat(_text(value))
        if moment.tzinfo is not None:
            moment = moment.astimezone(UTC)  # a time at the end of the calendar has no UTC
    except (ValueError, OverflowError) as error:
        raise ValueError("must be a time as in 2024-05-01T12:00:00Z") from error
    if moment.tzinfo is None:
        raise ValueError("must say its offset from UTC")
    return moment


def _object(value: object, known: set[str]) -> Json:
    if not isinstance(value, dict):
        raise TypeError("holds what is neither text nor an object")
    if unknown := value.keys() - known:
        raise ValueError(f"holds the unknown key {min(unknown)!r}")
    return value


def _optional(source: Json, name: str) -> str | None:
    value = source.get(name)
    return None if value is None else _text(value)


def _identifier(source: Json) -> UUID | None:
    return None if source.get("id") is None else _uuid(source["id"])


def _genre(value: object) -> GenreRef:
    if isinstance(value, str):
        return GenreRef(*_id_or_name(value))
    source = _object(value, {"id", "name"})
    return GenreRef(_identifier(source), _optional(source, "name"))


def _person(value: object) -> PersonRef:
    if isinstance(value, str):
        return PersonRef(*_id_or_name(value))
    source = _object(value, {"id", "name", "character"})
    return PersonRef(_identifier(source), _optional(source, "name"), _optional(source, "character"))


def _id_or_name(text: str) -> tuple[UUID | None, str | None]:
    """A UUID in its usual form is an id, anything else a name."""
    try:
        identifier = UUID(text) if len(text) == 36 else None
    except ValueError:
        identifier = None
    return identifier, None if identifier else text


def _title(value: object) -> TitleRef:
    if isinstance(value, str):
        return TitleRef(value)
    source = _object(value, {"title", "language"})
    return TitleRef(_text(source.get("title")), _optional(source, "language"))
