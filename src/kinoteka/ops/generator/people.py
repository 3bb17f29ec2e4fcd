"""Who made a film: two persons whose first film it is, and others the likelier the earlier they came."""

from typing import NamedTuple

from kinoteka.ops.generator.draws import Draws, draw, share
from kinoteka.ops.generator.titles import surname
from kinoteka.ops.generator.words import FIRST_NAMES

NEW_IN_EACH = 2
# Person 0 has about 600 credits in 10,000 films and 4,000 in a million.
_SKEW = 1.7
_FEWEST_ACTORS, _ACTORS = 3, 7
_LANGUAGES = (0, 0, 0, 1, 2)


class Crew(NamedTuple):
    """Numbers of persons. A number ends in 0 for a director, in 1 for a writer, else it is an actor's."""

    directors: list[int]
    writers: list[int]
    actors: list[int]


class Person(NamedTuple):
    number: int
    name: str
    born: int | None


def make_person(seed: int, number: int) -> Person:
    draws = draw(seed, "person", number)
    language = _LANGUAGES[draws[0] % len(_LANGUAGES)]
    first_names = FIRST_NAMES[language]
    name = f"{first_names[draws[1] % len(first_names)]} {surname(language, draws[2])}"
    return Person(number, name, 2000 - int(110 * share(draws[3]) ** 1.5) if draws[4] % 3 == 0 else None)


def make_crew(film: int, draws: Draws) -> Crew:
    known = NEW_IN_EACH * (film + 1)
    directors = [_early(word, known) // 10 * 10 for word in draws[22 : 23 + (draws[20] % 8 == 0)]]
    writers = [_early(word, known) // 10 * 10 + 1 for word in draws[24 : 25 + draws[20] // 8 % 2]]
    actors = [_actor(word, known) for word in draws[26 : 26 + _FEWEST_ACTORS + draws[20] // 16 % _ACTORS]]
    crew = (directors, writers, actors)
    for person in range(known - NEW_IN_EACH, known):
        crew[min(person % 10, 2)].append(person)
    return Crew(*(list(dict.fromkeys(people)) for people in crew))


def _early(word: int, known: int) -> int:
    return int(known * share(word) ** _SKEW)


def _actor(word: int, known: int) -> int:
    person = _early(word, known)
    if person % 10 >= 2:
        return person
    other = person + 2 + word % 8
    return other if other < known else max(person - person % 10 - 1, 0)
