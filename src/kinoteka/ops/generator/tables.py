r"""Films as lines of IMDb's tables: tab-separated, `\N` for nothing."""

from collections.abc import Callable

from kinoteka.importers.imdb.tsv import NOTHING
from kinoteka.ops.generator.films import Film
from kinoteka.ops.generator.people import NEW_IN_EACH, make_person
from kinoteka.ops.generator.titles import surname

# Ids of ten digits: IMDb's have eight, so that nothing generated is taken for a real film or person.
_FIRST_ID = 9_000_000_000
_REGIONS = (("US", "en"), ("UA", "uk"), ("RU", "ru"))

HEADERS = {
    "title.basics": "tconst titleType primaryTitle originalTitle isAdult startYear endYear runtimeMinutes genres",
    "title.ratings": "tconst averageRating numVotes",
    "title.crew": "tconst directors writers",
    "title.principals": "tconst ordering nconst category job characters",
    "title.akas": "titleId ordering title region language types attributes isOriginalTitle",
    "name.basics": "nconst primaryName birthYear deathYear primaryProfession knownForTitles",
}
_PROFESSIONS = ("director", "writer")


def basics(_seed: int, film: Film) -> str:
    title = film.titles[film.language]
    minutes = film.minutes or NOTHING
    genres = ",".join(film.genres)
    return f"{_film(film.number)}\tmovie\t{title}\t{title}\t0\t{film.year}\t\\N\t{minutes}\t{genres}\n"


def ratings(_seed: int, film: Film) -> str:
    return f"{_film(film.number)}\t{film.rating:.1f}\t{film.votes}\n" if film.votes else ""


def crew(_seed: int, film: Film) -> str:
    directors, writers = (",".join(map(_person, people)) for people in (film.crew.directors, film.crew.writers))
    return f"{_film(film.number)}\t{directors}\t{writers}\n"


def principals(_seed: int, film: Film) -> str:
    tconst = _film(film.number)
    return "".join(
        f'{tconst}\t{place}\t{_person(person)}\tactor\t\\N\t["{surname(film.language, person + film.number)}"]\n'
        for place, person in enumerate(film.crew.actors, 1)
    )


def akas(_seed: int, film: Film) -> str:
    """Its own title first, then up to two translations."""
    tconst = _film(film.number)
    lines = [f"{tconst}\t1\t{film.titles[film.language]}\t\\N\t\\N\toriginal\t\\N\t1\n"]
    others = [place for place in range(3) if place != film.language]
    for order, place in enumerate(others[: film.translations], 2):
        region, language = _REGIONS[place]
        lines.append(f"{tconst}\t{order}\t{film.titles[place]}\t{region}\t{language}\timdbDisplay\t\\N\t0\n")
    return "".join(lines)


def names(seed: int, film: Film) -> str:
    """The persons whose first film it is."""
    return "".join(_name(seed, person) for person in range(NEW_IN_EACH * film.number, NEW_IN_EACH * (film.number + 1)))


def _name(seed: int, number: int) -> str:
    person = make_person(seed, number)
    profession = _PROFESSIONS[number % 10] if number % 10 < len(_PROFESSIONS) else "actor"
    film, born = _film(number // NEW_IN_EACH), person.born or NOTHING
    return f"{_person(number)}\t{person.name}\t{born}\t\\N\t{profession}\t{film}\n"


def _film(number: int) -> str:
    return f"tt{_FIRST_ID + number}"


def _person(number: int) -> str:
    return f"nm{_FIRST_ID + number}"


TABLES: dict[str, Callable[[int, Film], str]] = {
    "title.basics": basics,
    "title.ratings": ratings,
    "title.crew": crew,
    "title.principals": principals,
    "title.akas": akas,
    "name.basics": names,
}
