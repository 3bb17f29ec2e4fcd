"""Film `number` of a seed, whole: what it is called, how it was received, who made it."""

from math import exp, log10
from typing import NamedTuple

from kinoteka.ops.generator.draws import Draws, draw, normal, share, spread
from kinoteka.ops.generator.people import Crew, make_crew
from kinoteka.ops.generator.titles import ENGLISH, RUSSIAN, UKRAINIAN, Titles, make_titles

LAST_YEAR = 2025
_YEARS = 115
_MOST_VOTES = 3_000_000

# Of a hundred films; the companions stand beside a film's first genre as often as they do in real catalogues, roughly.
_FIRST = spread(
    {"Drama": 33, "Comedy": 21, "Documentary": 15, "Action": 9, "Horror": 7, "Crime": 5, "Adventure": 4}
    | {"Animation": 3, "Thriller": 2, "Western": 1}
)
_COMPANIONS = {
    "Drama": spread({"Romance": 5, "Thriller": 2, "War": 1, "History": 1, "Mystery": 1}),
    "Comedy": spread({"Romance": 4, "Drama": 4, "Musical": 1, "Family": 1}),
    "Documentary": spread({"Biography": 3, "History": 2, "Sport": 1, "War": 1}),
    "Action": spread({"Thriller": 3, "Crime": 3, "Adventure": 2, "Sci-Fi": 1}),
    "Horror": spread({"Thriller": 4, "Mystery": 2, "Sci-Fi": 1}),
    "Crime": spread({"Drama": 5, "Thriller": 3, "Mystery": 2}),
    "Adventure": spread({"Family": 3, "Fantasy": 3, "Drama": 2}),
    "Animation": spread({"Family": 5, "Adventure": 3, "Fantasy": 1}),
    "Thriller": spread({"Drama": 2, "Mystery": 2, "Sci-Fi": 1}),
    "Western": spread({"Drama": 2, "Romance": 1}),
}
_LANGUAGES = (ENGLISH,) * 6 + (UKRAINIAN,) * 2 + (RUSSIAN,) * 2


class Film(NamedTuple):
    """`language`: the place in `titles` of the title it goes by. No minutes, votes or rating: unknown."""

    number: int
    titles: Titles
    language: int
    year: int
    minutes: int | None
    genres: list[str]
    votes: int
    rating: float
    crew: Crew
    translations: int


def make_film(seed: int, number: int) -> Film:
    draws = draw(seed, "film", number)
    votes = _votes(draws)
    return Film(
        number=number,
        titles=make_titles(seed, number, draws),
        language=_LANGUAGES[draws[8] % 10],
        year=LAST_YEAR - int(_YEARS * share(draws[9]) ** 2.2),
        minutes=max(41, round(93 + 19 * normal(draws[10], draws[11]))) if draws[12] % 10 else None,
        genres=_genres(draws[13], draws[14]),
        votes=votes,
        rating=_rating(votes, draws) if votes else 0.0,
        crew=make_crew(number, draws),
        translations=draws[21] % 4,
    )


def _genres(first: int, others: int) -> list[str]:
    genre = _FIRST[first % len(_FIRST)]
    companions = _COMPANIONS[genre]
    chosen = [companions[others // (7 + 97 * place) % len(companions)] for place in range(others % 20 // 7)]
    return list(dict.fromkeys([genre, *chosen]))


def _votes(draws: Draws) -> int:
    """Log-normal: half of the rated films have under 60 votes, one in 70,000 a million. A third has none."""
    if draws[15] % 3 == 0:
        return 0
    return min(_MOST_VOTES, 5 + round(exp(4.0 + 2.3 * normal(draws[16], draws[17]))))


def _rating(votes: int, draws: Draws) -> float:
    """What many have seen is liked more: 0.35 for ten times the votes."""
    rating = 5.5 + 0.35 * log10(votes) + 1.1 * normal(draws[18], draws[19])
    return min(10.0, max(1.0, round(rating, 1)))
