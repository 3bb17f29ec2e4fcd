"""Exports of other sites in the shapes that they document, made up film by film."""

import csv
import io
import json
from collections.abc import Iterable, Mapping
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

_ABOUT = [
    *("Title", "Original Title", "URL", "Title Type", "IMDb Rating", "Runtime (mins)", "Year", "Genres", "Num Votes"),
    *("Release Date", "Directors"),
]
IMDB_RATINGS = ["Const", "Your Rating", "Date Rated", *_ABOUT]
IMDB_WATCHLIST = ["Position", "Const", "Created", "Modified", "Description", *_ABOUT, "Your Rating", "Date Rated"]


def csv_of(header: Iterable[str], rows: Iterable[Iterable[object]]) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerows([list(header), *map(list, rows)])
    return text.getvalue().encode()


def zip_of(files: Mapping[str, bytes]) -> bytes:
    packed = io.BytesIO()
    with ZipFile(packed, "w", ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return packed.getvalue()


def letterboxd(
    ratings: Iterable[tuple[str, object, object]],
    watchlist: Iterable[tuple[str, object]] = (),
    likes: Iterable[tuple[str, object]] = (),
) -> bytes:
    """(name, year, stars), (name, year)"""
    uri = "https://boxd.it/2a9q"
    plain = ["Date", "Name", "Year", "Letterboxd URI"]
    return zip_of(
        {
            "profile.csv": csv_of(["Date Joined", "Username"], [["2020-01-01", "olena"]]),
            "ratings.csv": csv_of([*plain, "Rating"], [["2021-03-04", n, y, uri, stars] for n, y, stars in ratings]),
            "watchlist.csv": csv_of(plain, [["2021-03-05", n, y, uri] for n, y in watchlist]),
            "likes/films.csv": csv_of(plain, [["2021-03-06", n, y, uri] for n, y in likes]),
            "diary.csv": csv_of([*plain, "Rating", "Rewatch", "Tags", "Watched Date"], [["2021-03-04", "Heat", 1995]]),
            "deleted/ratings.csv": csv_of([*plain, "Rating"], [["2021-03-04", "Gone", 1990, uri, 1]]),
        }
    )


def imdb_rating(const: str, score: object, title: str = "A Title", year: object = 1979) -> list[object]:
    return [
        const,
        score,
        "2019-05-06",
        title,
        title,
        "https://x",
        "Movie",
        8.1,
        162,
        year,
        "Drama",
        9,
        "1979-05-25",
        "N",
    ]


def imdb_wish(const: str, score: object = "") -> list[object]:
    rated = "2019-05-06" if score else ""
    wish = [1, const, "2018-02-03", "2018-02-03", "", "A Title", "A Title", "https://x", "Movie", 8.1, 162, 1979]
    return [*wish, "Drama", 9, "1979-05-25", "N", score, rated]


def trakt_movie(title: str, year: object, **ids: object) -> dict[str, Any]:
    return {"title": title, "year": year, "ids": {"trakt": 1, "slug": "a-film", **ids}}


def trakt_rating(movie: dict[str, Any], score: object) -> dict[str, Any]:
    return {"rated_at": "2014-09-01T09:10:11.000Z", "rating": score, "type": "movie", "movie": movie}


def trakt_listed(movie: dict[str, Any]) -> dict[str, Any]:
    return {"rank": 1, "id": 7, "listed_at": "2014-09-02T09:10:11.000Z", "notes": None, "type": "movie", "movie": movie}


def json_of(value: object) -> bytes:
    return json.dumps(value).encode()


def movielens(ratings: Iterable[tuple[int, object]], links: Mapping[int, tuple[str, str]], user: int = 1) -> bytes:
    """(movieId, stars); movieId: (imdbId, tmdbId)"""
    return zip_of(
        {
            "ml/ratings.csv": csv_of(
                ["userId", "movieId", "rating", "timestamp"], [[user, m, s, 1112486027] for m, s in ratings]
            ),
            "ml/links.csv": csv_of(["movieId", "imdbId", "tmdbId"], [[m, *ids] for m, ids in links.items()]),
            "ml/movies.csv": csv_of(["movieId", "title", "genres"], [[m, "Stalker (1979)", "Drama"] for m in links]),
            "ml/README.txt": b"about",
        }
    )
