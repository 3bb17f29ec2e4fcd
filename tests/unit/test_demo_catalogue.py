"""The demo catalogue's films: enough of them, whole, and the same on every machine."""

from collections import Counter

from kinoteka.importers.rows import list_faults
from kinoteka.ops.demo_catalogue import DemoFilm, list_films, made_up_rating, make_person, make_row

FILMS = list_films()
GENRES = {
    *("Action", "Adventure", "Animation", "Biography", "Comedy", "Crime", "Documentary", "Drama", "Family", "Fantasy"),
    *("History", "Horror", "Musical", "Mystery", "Romance", "Science Fiction", "Thriller", "War", "Western", "Sport"),
}
CYRILLIC = set("абвгґдеєжзиіїйклмнопрстуфхцчшщьюяёыэъ")


def test_enough_films_of_the_world() -> None:
    languages = Counter(film.original_language for film in FILMS)
    assert len(FILMS) >= 300
    assert languages["uk"] + languages["ru"] >= 120
    assert len(languages) >= 15


def test_no_film_twice() -> None:
    ids = Counter(make_row(film).id for film in FILMS)
    assert [id_ for id_, times in ids.items() if times > 1] == []


def faults(film: DemoFilm) -> list[str]:
    rules = {
        "a title in each of the three languages": set(film.titles) == {"en", "uk", "ru"},
        "the main title is the English one": film.titles["en"] == film.title,
        "known genres": set(film.genres) <= GENRES,
        "a year of cinema": 1888 <= film.year <= 2024,
        "a director, a writer": bool(film.directors and film.writers),
        "no director twice": len(film.directors) == len(set(film.directors)),
        "Cyrillic titles in Cyrillic": all(is_cyrillic(film, film.titles[language]) for language in ("uk", "ru")),
        "taken by an import": not list_faults(make_row(film)),
    }
    return [f"{film.title} ({film.year}): {rule}" for rule, kept in rules.items() if not kept]


def is_cyrillic(film: DemoFilm, title: str) -> bool:
    """Or without letters, or released under its English title."""
    return bool(set(title.casefold()) & CYRILLIC) or not any(map(str.isalpha, title)) or title == film.title


def test_every_film_is_whole() -> None:
    assert [fault for film in FILMS for fault in faults(film)] == []


def test_made_up_ratings_are_plausible_and_never_change() -> None:
    ratings = [made_up_rating(make_row(film).id) for film in FILMS]
    assert all(5 <= rating <= 9 and 50 <= votes <= 5000 for rating, votes in ratings)
    assert len({rating for rating, _ in ratings}) > 20
    (stalker,) = (make_row(film) for film in FILMS if film.title == "Stalker")
    assert (str(stalker.id), str(stalker.rating), stalker.votes) == STALKER


STALKER = ("8dd47d49-44d7-529e-83ab-6197605efa78", "6.7", 4998)


def test_namesakes_are_two_persons_of_one_name() -> None:
    first, second = make_person("Steve McQueen", "Hilts"), make_person("Steve McQueen (II)")
    assert first.name == second.name == "Steve McQueen"
    assert first.id != second.id
