"""A small catalogue for the search engines' contract, made into records as catalogue.documents makes them."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any
from uuid import UUID

import msgspec

from kinoteka.catalogue.documents import Kind, Record
from kinoteka.search.documents import Document, make_document
from kinoteka.search.engine import SearchEngine

MakeEngine = Callable[[], SearchEngine]
"""Another one over the same storage, as another process would have it."""

DRAMA, COMEDY, HORROR = (UUID(int=0xA << 124 | number) for number in range(3))
GENRES = {DRAMA: "Drama", COMEDY: "Comedy", HORROR: "Science Fiction"}
KUBRICK, CHAPLIN, TARKOVSKY, NICHOLSON = (UUID(int=0xB << 124 | number) for number in range(4))
PERSONS = {
    KUBRICK: "Stanley Kubrick",
    CHAPLIN: "Charlie Chaplin",
    TARKOVSKY: "Andrei Tarkovsky",
    NICHOLSON: "Jack Nicholson",
}


def film_id(number: int) -> UUID:
    return UUID(int=0xC << 124 | number << 96 | number)


def film(number: int, title: str, *, version: int = 1, **given: Any) -> Record:
    """`given` by the names of the API; genres and people as ids, `titles` by language."""
    votes = given.get("votes", 0)
    body = {
        "id": film_id(number),
        "title": title,
        "original_title": given.get("original_title"),
        "year": given.get("year", 1970),
        "minutes": given.get("minutes"),
        "genres": [{"id": id, "name": GENRES[id]} for id in given.get("genres", [])],  # noqa: A001 - the field's own term
        "directors": _people(given.get("directors", [])),
        "writers": _people(given.get("writers", [])),
        "actors": [person | {"character": None} for person in _people(given.get("actors", []))],
        "rating": given.get("rating"),
        "votes": votes,
        "weighted_rating": given.get("weighted_rating"),
        "prior": {"rating": given.get("rating"), "votes": votes},
        "external_ids": {"imdb": given.get("imdb"), "tmdb": given.get("tmdb")},
        "created_at": given.get("created_at", "2026-01-01T00:00:00.000000Z"),
        "updated_at": "2026-01-01T00:00:00.000000Z",
        "alternative_titles": [
            {"title": title, "language": language} for language, title in given.get("titles", {}).items()
        ],
        "description": given.get("description"),
    }
    item = {key: value for key, value in body.items() if key not in {"alternative_titles", "description"}}
    return Record(film_id(number), version, msgspec.json.encode(body), msgspec.json.encode(item))


def person(id: UUID, name: str | None = None, works: Sequence[tuple[int, str]] = ()) -> Record:  # noqa: A002
    """`works`: films by number, with the role."""
    films = [
        {"id": film_id(number), "title": f"Film {number}", "year": 1970, "roles": [role], "character": None}
        for number, role in works
    ]
    item = {
        "id": id, "name": name or PERSONS[id], "date_of_birth": None, "date_of_death": None, "photo": None,
        "film_count": len(films),
    }  # fmt: skip
    return Record(id, 1, msgspec.json.encode(item | {"films": films}), msgspec.json.encode(item))


def genre(id: UUID, name: str | None = None, films: int = 0) -> Record:  # noqa: A002 - the field's own term
    body = msgspec.json.encode({"id": id, "name": name or GENRES[id], "film_count": films})
    return Record(id, 1, body, body)


def documents(kind: Kind, records: Iterable[Record]) -> list[Document]:
    return [make_document(kind, record) for record in records]


def _people(ids: Iterable[UUID]) -> list[dict[str, Any]]:
    return [{"id": id, "name": PERSONS[id]} for id in ids]  # noqa: A001 - the field's own term


FILMS = [
    film(1, "The Shining", year=1980, minutes=146, rating=8.4, votes=1000, weighted_rating=8.3, genres=[HORROR, DRAMA],
         directors=[KUBRICK], writers=[KUBRICK], actors=[NICHOLSON], imdb="tt0081505",
         titles={"ru": "Сияние", "uk": "Сяйво"},
         description="A writer becomes the caretaker of a snowbound hotel. His son sees <ghosts> & twins."),
    film(2, "Modern Times", year=1936, minutes=87, rating=8.5, votes=250, weighted_rating=8.2, genres=[COMEDY, DRAMA],
         directors=[CHAPLIN], actors=[CHAPLIN], titles={"ru": "Новые времена", "uk": "Нові часи"}),
    film(3, "Solaris", original_title="Солярис", year=1972, minutes=167, rating=8.0, votes=90, weighted_rating=7.9,
         genres=[HORROR, DRAMA], directors=[TARKOVSKY], tmdb="593", titles={"uk": "Соляріс"},
         description="A psychologist is sent to a station above an ocean that thinks."),
    film(4, "A Clockwork Orange", year=1971, minutes=136, rating=8.3, votes=900, weighted_rating=8.25,
         genres=[HORROR], directors=[KUBRICK], titles={"ru": "Заводной апельсин", "uk": "Механічний апельсин"}),
    film(5, "City Lights", year=1931, genres=[COMEDY], directors=[CHAPLIN], actors=[CHAPLIN]),
    film(6, "Rocky II", year=1979, minutes=119, rating=7.3, votes=200, weighted_rating=7.2, genres=[DRAMA]),
    film(7, "Spider-Man", year=2002, minutes=121, rating=7.4, votes=800, weighted_rating=7.4, genres=[HORROR]),
    film(8, "Унесённые ветром", year=1939, minutes=238, rating=8.2, votes=300, weighted_rating=8.1, genres=[DRAMA],
         titles={"en": "Gone with the Wind", "uk": "Віднесені вітром"}),
    film(9, "Ballad", year=1959, minutes=88, genres=[DRAMA], writers=[NICHOLSON]),
    film(10, "Ballad of a Soldier", year=1959, minutes=88, genres=[DRAMA]),
]  # fmt: skip
EVERYTHING = [
    *documents("film", FILMS),
    *documents("person", [
        person(KUBRICK, works=[(1, "director"), (4, "director"), (1, "writer")]),
        person(CHAPLIN, works=[(2, "director")]), person(TARKOVSKY, works=[(3, "director")]),
        person(NICHOLSON, works=[(1, "actor")]),
    ]),
    *documents("genre", [genre(DRAMA, films=7), genre(COMEDY, films=2), genre(HORROR, films=4)]),
]  # fmt: skip
