"""Trakt's JSON: what its API answers at /sync/ratings, /sync/watchlist and /sync/favorites, one file or several in a
zip, as in its own export; and what is sent there: films below `movies`, their ids beside the title.

Scores go from 1 to 10. Shows, seasons, episodes and persons are refused row by row: only films are kept here.
"""

from collections.abc import Iterator
from typing import Any

import msgspec
from msgspec import Struct, field

from kinoteka.me.imports.entries import (
    Entry,
    IdSource,
    Target,
    WrongScoreError,
    begin,
    halves_of_points,
    read_id,
    read_moment,
    read_title,
    read_year,
)
from kinoteka.me.imports.files import Archive, is_zip, refused_file

_FILMS = ("movie", None)


class _Ids(Struct, frozen=True):
    imdb: str | None = None
    tmdb: int | str | None = None


class _Film(Struct, frozen=True):
    title: str | None = None
    year: int | None = None
    ids: _Ids = field(default_factory=_Ids)


class _Item(_Film, frozen=True):
    """A line of any of these files; a film's own fields where they are not below `movie`."""

    type: str | None = None
    movie: _Film | None = None
    show: Any = None
    season: Any = None
    episode: Any = None
    person: Any = None
    rating: float | None = None
    rated_at: str | None = None
    listed_at: str | None = None


_LISTS = msgspec.json.Decoder(list[msgspec.Raw])
_OBJECT = msgspec.json.Decoder(dict[str, msgspec.Raw])
_ITEM = msgspec.json.Decoder(_Item)


def read(content: bytes, name: str) -> Iterator[Entry]:
    if not is_zip(content):
        yield from _file(name, content)
        return
    archive = Archive(content)
    files = [one for one in archive.names if one.endswith(".json") and _target(one) is not None]
    if not files:
        raise refused_file("no_lists", "it holds no JSON file of ratings, a watchlist or favorites")
    for one in files:
        yield from _file(one, archive.read(one))


def _target(name: str) -> Target | None:
    """What a file's or key's name says of it."""
    words: dict[str, Target] = {"rating": "ratings", "watchlist": "wishlist", "favorite": "favourites"}
    return next((target for word, target in words.items() if word in name.casefold()), None)


def _file(name: str, content: bytes) -> Iterator[Entry]:
    try:
        items = list(_lists(content, _target(name)))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise refused_file("damaged", f"{name[:80]} is no JSON of Trakt's ({str(error)[:100]})") from None
    for place, (target, raw) in enumerate(items, 1):
        yield _entry(name, place, target, raw)


def _lists(content: bytes, target: Target | None) -> Iterator[tuple[Target | None, msgspec.Raw]]:
    """Each item, with the list that the names around it speak of."""
    if not content.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{"):
        yield from ((target, raw) for raw in _LISTS.decode(content.removeprefix(b"\xef\xbb\xbf")))
        return
    for key, value in _OBJECT.decode(content.removeprefix(b"\xef\xbb\xbf")).items():
        below = _target(key) or target
        if bytes(value).startswith((b"[", b"{")):
            yield from _lists(bytes(value), below)


def _entry(file: str, place: int, target: Target | None, raw: msgspec.Raw) -> Entry:
    try:
        item = _ITEM.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        return Entry(file=file, line=place, target=target or "ratings", fault=f"Is not as Trakt writes it: {error}")
    target = _target_of(item, target)
    film, halves, fault = item.movie or item, None, _fault(item)
    if target == "ratings":
        try:
            halves = halves_of_points("" if item.rating is None else str(item.rating))
        except WrongScoreError as error:
            fault = fault or str(error)
    return Entry(
        file=file,
        line=place,
        target=target,
        title=read_title(film.title),
        year=read_year(str(film.year)),
        ids=_ids(film.ids),
        halves=halves,
        at=read_moment(item.rated_at if target == "ratings" else item.listed_at),
        fault=fault,
    )


def _target_of(item: _Item, target: Target | None) -> Target:
    """A score makes a rating, whatever the file is called."""
    return "ratings" if item.rating is not None else target or "wishlist"


def _fault(item: _Item) -> str | None:
    other = next((name for name in ("episode", "season", "show", "person") if getattr(item, name) is not None), None)
    kind = begin(item.type) if item.type and item.type not in _FILMS else other
    return f"Is a {kind}; only films are kept here" if kind and item.movie is None else None


def _ids(ids: _Ids) -> dict[IdSource, str]:
    given: dict[IdSource, str | None] = {"imdb": ids.imdb, "tmdb": None if ids.tmdb is None else str(ids.tmdb)}
    return {source: value for source, text in given.items() if (value := read_id(text))}
