"""MovieLens: ratings.csv and links.csv of one person in a zip; movies.csv, if it is there, for the titles.

Stars go from 0.5 to 5. links.csv leads from MovieLens's ids to IMDb's, without «tt» and zeros, and TMDB's.
"""

import re
from collections.abc import Iterator

from kinoteka.me.imports.entries import (
    Entry,
    IdSource,
    WrongScoreError,
    begin,
    halves_of_stars,
    read_seconds,
    read_title,
    read_year,
)
from kinoteka.me.imports.files import Archive, Row, csv_rows, refused_file

_TITLE = re.compile(r"(.*?)\s*(?:\((\d{4})\))?\s*$")
_MOST_LINKS = 500_000

Links = dict[str, dict[IdSource, str]]


def read(content: bytes, _name: str) -> Iterator[Entry]:
    archive = Archive(content)
    missing = [name for name in ("ratings.csv", "links.csv") if name not in archive.names]
    if missing:
        raise refused_file("no_lists", f"it holds no {' and no '.join(missing)}")
    links, titles = _links(archive), _titles(archive)
    people: set[str] = set()
    with archive.open("ratings.csv") as file:
        for line, row in csv_rows(file, "movieid", "rating"):
            people.add(row.get("userid", "").strip())
            if len(people) > 1:
                raise refused_file("several_people", "ratings.csv holds the scores of several people; send one's own")
            yield _entry(line, row, links, titles)


def _links(archive: Archive) -> Links:
    links: Links = {}
    with archive.open("links.csv") as file:
        for _, row in csv_rows(file, "movieid", "imdbid"):
            ids: dict[IdSource, str] = {}
            if (imdb := row.get("imdbid", "").strip()).isdigit():
                ids["imdb"] = f"tt{imdb:0>7}"
            if (tmdb := row.get("tmdbid", "").strip()).isdigit():
                ids["tmdb"] = tmdb
            links[row.get("movieid", "").strip()] = ids
            if len(links) > _MOST_LINKS:
                raise refused_file("too_large", f"links.csv has more than {_MOST_LINKS:,} rows")
    return links


def _titles(archive: Archive) -> dict[str, str]:
    if "movies.csv" not in archive.names:
        return {}
    with archive.open("movies.csv") as file:
        return {row.get("movieid", "").strip(): row.get("title", "")[:600] for _, row in csv_rows(file, "movieid")}


def _entry(line: int, row: Row, links: Links, titles: dict[str, str]) -> Entry:
    film = row.get("movieid", "").strip()
    ids, halves, fault = links.get(film, {}), None, None
    if not ids:
        fault = f"links.csv does not say which film {begin(film)} is"
    try:
        halves = halves_of_stars(row.get("rating", ""))
    except WrongScoreError as error:
        fault = fault or str(error)
    named = _TITLE.fullmatch(titles.get(film, "").replace("\n", " "))
    return Entry(
        file="ratings.csv",
        line=line,
        target="ratings",
        title=read_title(named[1] if named else None),
        year=read_year(named[2] if named else None),
        ids=ids,
        halves=halves,
        at=read_seconds(row.get("timestamp")),
        fault=fault,
    )
