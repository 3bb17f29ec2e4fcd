"""What is asked of a generated catalogue: every request another one, so that no cache answers."""

from collections.abc import Iterator, Sequence
from random import Random
from urllib.parse import quote

from benchmarks.rates import SORTS
from kinoteka.ops.generator.films import make_film
from kinoteka.ops.generator.people import NEW_IN_EACH, make_person

_SEED = 1
_LONGEST = 10
_YEARS = range(1911, 2026)
_PAGES = 10
_SEARCHED = "/api/v1/search?q={}"
_SUGGESTED = "/api/v1/search/suggest?q={}"


def paths(films: int, most: int, film_ids: Sequence[str], person_ids: Sequence[str]) -> dict[str, list[str]]:
    """By kind; at most so many of each, in random order."""
    draw = Random(films)
    numbers = [draw.randrange(films) for _ in range(most)]
    return {
        "search": _unique(_SEARCHED, (_searched(number, draw) for number in numbers)),
        "suggest": _unique(_SUGGESTED, (_begun(number, draw) for number in numbers)),
        "list": _lists(SORTS, draw)[:most],
        "list by title": _lists(("title", "-title"), draw)[:most],
        "film by id": [f"/api/v1/films/{one}" for one in film_ids[:most]],
        "person by id": [f"/api/v1/persons/{one}" for one in person_ids[:most]],
    }


def _unique(path: str, texts: Iterator[str]) -> list[str]:
    return [path.format(quote(text)) for text in dict.fromkeys(texts)]


def _searched(number: int, draw: Random) -> str:
    """Of ten, four titles as they are, three with a slip, three names, as people look for a film they know."""
    kind = draw.randrange(10)
    if kind >= 7:
        return make_person(_SEED, NEW_IN_EACH * number).name
    title = make_film(_SEED, number).titles[draw.randrange(3)]
    return title if kind < 4 else _with_slip(title, draw)


def _with_slip(title: str, draw: Random) -> str:
    """Two neighbours in each other's place."""
    place = draw.randrange(1, len(title) - 1)
    return title[:place] + title[place + 1] + title[place] + title[place + 2 :]


def _begun(number: int, draw: Random) -> str:
    """As somebody types."""
    title = make_film(_SEED, number).titles[draw.randrange(3)]
    return title[: draw.randint(1, _LONGEST)].strip()


def _lists(sorts: Sequence[str], draw: Random) -> list[str]:
    """Any order, any of the first pages, from some year on."""
    every = [
        f"/api/v1/films?sort={sort}&page={page}&year_from={year}"
        for sort in sorts
        for page in range(1, _PAGES + 1)
        for year in _YEARS
    ]
    draw.shuffle(every)
    return every
