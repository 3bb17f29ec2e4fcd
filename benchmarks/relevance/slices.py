"""Known-item queries: what is typed, and which documents are right answers to it."""

import random
import re
from collections.abc import Callable, Iterable, Iterator
from typing import Literal
from uuid import UUID

from msgspec import Struct

from benchmarks.relevance import distortions, scripts
from benchmarks.relevance.pool import WORD, Pool, Title, long_words, plain

Metric = Literal["S@1", "MRR", "answered"]
_STOP_TEXT = """
the a an of and or you me i her him his he she it we they us them to in on at by for from with who what up out is
be not no
"""
_STOP_WORDS = frozenset(_STOP_TEXT.split())


_KNOWN = 3
"""Films that a person whose surname alone is asked for has at least."""


class Case(Struct, frozen=True):
    query: str
    right: frozenset[UUID]
    meant: str


class Slice(Struct, frozen=True):
    name: str
    metric: Metric
    gate: float
    cases: list[Case]


Distortion = Callable[[random.Random, Title], str | None]
Right = Callable[[str, Title], frozenset[UUID]]
"""What else answers a query as well as the film it was made from."""


def make_slices(pool: Pool, size: int, seed: int) -> list[Slice]:
    maker = _Maker(pool, size, seed)
    return [*_english(maker), *_people(maker, pool), *_cyrillic(maker), _original(maker), _nonsense(maker)]


class _Maker:
    def __init__(self, pool: Pool, size: int, seed: int) -> None:
        self.pool, self.size, self.seed = pool, size, seed

    def of_titles(
        self,
        name: str,
        metric: Metric,
        gate: float,
        languages: tuple[str, ...],
        distort: Distortion,
        also: Right | None = None,
    ) -> Slice:
        drawn = random.Random(f"{self.seed} {name}")
        titles = [title for title in self.pool.titles if title.language in languages]
        return Slice(name, metric, gate, list(self._cases(drawn, stratified(drawn, titles), distort, also)))

    def _cases(
        self, drawn: random.Random, titles: Iterable[Title], distort: Distortion, also: Right | None
    ) -> Iterator[Case]:
        """A distortion that makes another thing's title is that thing's exact query, and no test of this slice."""
        made = 0
        for title in titles:
            query = distort(drawn, title)
            right = self.pool.holders(title.text)
            if (
                query is None
                or not plain(query)
                or (plain(query) != plain(title.text) and self.pool.holders(query) - right)
            ):
                continue
            yield Case(query, right | also(query, title) if also else right, title.text)
            made += 1
            if made == self.size:
                return


def stratified(drawn: random.Random, titles: list[Title]) -> Iterator[Title]:
    """In turn one of the tenth with most votes and one of the others, each in random order."""
    ranked = sorted(titles, key=lambda title: (-title.film.votes, title.film.id))
    popular, others = ranked[: len(ranked) // 10], ranked[len(ranked) // 10 :]
    drawn.shuffle(popular)
    drawn.shuffle(others)
    for pair in zip(popular, others, strict=False):
        yield from pair
    yield from others[len(popular) :]


def plainly(distort: Callable[[random.Random, str], str | None]) -> Distortion:
    return lambda drawn, title: distort(drawn, title.text)


def _english(maker: _Maker) -> Iterator[Slice]:
    latin = ("en",)
    ways: tuple[tuple[str, Metric, float, Distortion], ...] = (
        ("exact", "S@1", 0.98, lambda _, title: title.text),
        ("one word", "S@1", 0.98, lambda _, title: title.text if len(title.text.split()) == 1 else None),
        (
            "stop words",
            "S@1",
            0.98,
            lambda _, title: title.text if set(title.text.lower().split()) <= _STOP_WORDS else None,
        ),
        ("title + year", "S@1", 0.98, lambda _, title: f"{title.text} {title.film.year}"),
        ("no diacritics", "S@1", 0.98, plainly(distortions.without_diacritics)),
        ("foreign diacritics", "S@1", 0.98, plainly(distortions.with_diacritics)),
        ("one typo", "MRR", 0.97, plainly(distortions.typo)),
        ("typo in first letter", "MRR", 0.97, plainly(distortions.typo_in_first_letter)),
        ("two typos", "MRR", 0.97, plainly(distortions.two_typos)),
        ("hyphens", "MRR", 0.97, plainly(distortions.other_hyphens)),
        ("apostrophes", "MRR", 0.97, plainly(distortions.other_apostrophes)),
        ("noise and case", "MRR", 0.97, plainly(distortions.noisy)),
        ("numerals", "MRR", 0.95, plainly(distortions.other_numerals)),
        ("words swapped", "MRR", 0.95, plainly(distortions.swapped_words)),
        ("wrong layout, Cyrillic on", "MRR", 0.95, lambda drawn, title: scripts.on_cyrillic_layout(drawn, title.text)),
    )
    for name, metric, gate, distort in ways:
        yield maker.of_titles(name, metric, gate, latin, distort)
    pool = maker.pool
    missing, begun = plainly(distortions.without_a_word), plainly(distortions.beginning)
    yield maker.of_titles("word missing", "MRR", 0.95, latin, missing, lambda query, _: pool.but_for_a_word(query))
    yield maker.of_titles("prefix of 60 %", "S@1", 0.98, latin, begun, lambda query, _: pool.beginning_so(query))
    yield maker.of_titles(
        "person + title word", "MRR", 0.95, latin, _person_and_word, lambda query, _: _by_query(pool, query)
    )
    yield maker.of_titles(
        "plot words", "MRR", 0.95, latin, _plot_words(pool), lambda query, _: pool.described_by(query.split())
    )


def _person_and_word(drawn: random.Random, title: Title) -> str | None:
    """Written «person, word» or «word, person»; the comma is for telling them apart again."""
    people = [person.name for person in title.film.directors] + [person.name for person in title.film.actors]
    words = [word for word in WORD.findall(title.text) if len(word) >= 4 and word.lower() not in _STOP_WORDS]
    if not people or not words:
        return None
    parts = [drawn.choice(people), max(words, key=len)]
    drawn.shuffle(parts)
    return ", ".join(parts)


def _by_query(pool: Pool, query: str) -> frozenset[UUID]:
    one, _, other = query.partition(", ")
    return pool.by(one, other) | pool.by(other, one)


def _plot_words(pool: Pool) -> Distortion:
    """Four words of the description, each in one of a hundred descriptions at most."""
    most = max(3, len(pool.films) // 100)

    def distort(drawn: random.Random, title: Title) -> str | None:
        words = sorted(word for word in set(long_words(title.film.description)) if pool.frequency(word) <= most)
        return " ".join(drawn.sample(words, 4)) if len(words) >= 4 else None

    return distort


def _people(maker: _Maker, pool: Pool) -> Iterator[Slice]:
    drawn = random.Random(f"{maker.seed} people")
    persons = [person for person in pool.persons if len(person.name.split()) >= 2]
    drawn.shuffle(persons)
    ways: tuple[tuple[str, Metric, float, Callable[[random.Random, str], str | None]], ...] = (
        ("person", "S@1", 0.98, lambda _, name: name.lower()),
        ("person with typo", "MRR", 0.97, distortions.typo),
        ("person, prefix", "S@1", 0.98, distortions.beginning),
    )
    for name, metric, gate, distort in ways:
        cases: list[Case] = []
        for person in persons:
            query = distort(drawn, person.name)
            if query and len(cases) < maker.size and not pool.holders(query) - pool.holders(person.name):
                right = pool.with_word_beginning_so(query) if name.endswith("prefix") else pool.holders(person.name)
                cases.append(Case(query, right, person.name))
        yield Slice(name, metric, gate, cases)
    yield _surnames(maker, pool, "surname with typo", 0.90, distortions.typo)
    yield _surnames(maker, pool, "surname in Cyrillic", 0.90, lambda _, name: scripts.in_cyrillic(name))


def _surnames(
    maker: _Maker, pool: Pool, name: str, gate: float, distort: Callable[[random.Random, str], str | None]
) -> Slice:
    """Of people with three films or more; whoever is called so and whatever they made is right. A query that is
    another word of the catalogue is that word's."""
    drawn = random.Random(f"{maker.seed} {name}")
    surnames = sorted({person.name.split()[-1] for person in pool.persons if person.film_count >= _KNOWN})
    drawn.shuffle(surnames)
    cases: list[Case] = []
    for surname in (one for one in surnames if re.fullmatch("[A-Za-z]{6,}", one)):
        query = distort(drawn, surname)
        if query and query.lower() not in pool.words and len(cases) < maker.size:
            cases.append(Case(query, pool.with_word(surname), surname))
    return Slice(name, "MRR", gate, cases)


def _cyrillic(maker: _Maker) -> Iterator[Slice]:
    both = ("ru", "uk")
    ways: tuple[tuple[str, Metric, float, tuple[str, ...], Distortion], ...] = (
        ("Cyrillic exact", "S@1", 0.98, both, lambda _, title: title.text),
        ("Cyrillic + year", "S@1", 0.98, both, lambda _, title: f"{title.text} {title.film.year}"),
        ("Russian inflected", "MRR", 0.97, ("ru",), _inflected),
        ("Ukrainian inflected", "MRR", 0.97, ("uk",), _inflected),
        ("Cyrillic typo", "MRR", 0.97, both, plainly(distortions.typo)),
        ("Cyrillic two typos", "MRR", 0.97, both, plainly(distortions.two_typos)),
        ("Russian transliterated", "MRR", 0.95, ("ru",), _transliterated),
        ("Ukrainian transliterated", "MRR", 0.95, ("uk",), _transliterated),
        (
            "wrong layout, English on",
            "MRR",
            0.95,
            both,
            lambda _, title: scripts.on_english_layout(title.text, title.language),
        ),
        ("homoglyphs", "MRR", 0.97, both, plainly(distortions.homoglyphs)),
        ("no ё", "MRR", 0.97, ("ru",), plainly(distortions.without_yo)),
        ("Ukrainian apostrophes", "MRR", 0.97, ("uk",), plainly(distortions.other_apostrophes)),
    )
    for name, metric, gate, languages, distort in ways:
        yield maker.of_titles(name, metric, gate, languages, distort)
    begun = plainly(distortions.beginning)
    yield maker.of_titles(
        "Cyrillic prefix of 60 %", "S@1", 0.98, both, begun, lambda query, _: maker.pool.beginning_so(query)
    )


def _inflected(drawn: random.Random, title: Title) -> str | None:
    return scripts.inflected(drawn, title.text, title.language)


def _transliterated(drawn: random.Random, title: Title) -> str | None:
    return (
        scripts.transliterated(drawn, title.text, title.language) if re.search("[а-яіїє]", title.text.lower()) else None
    )


def _original(maker: _Maker) -> Slice:
    return maker.of_titles(
        "original title", "S@1", 0.98, ("??",), lambda _, title: title.text if title.is_original else None
    )


def _nonsense(maker: _Maker) -> Slice:
    """Letters at random, and syllables at random, in either script: nothing should be found."""
    drawn = random.Random(f"{maker.seed} nonsense")
    cases = []
    for number in range(maker.size):
        vowels, consonants = ("aeiou", "bcdfghjklmnpqrstvwxz") if number % 3 else ("аеиоу", "бвгджзклмнпрстфхцчшщ")
        if number % 2:
            words = [
                "".join(drawn.choice(vowels + consonants) for _ in range(drawn.randint(6, 10)))
                for _ in range(drawn.randint(1, 2))
            ]
        else:
            words = ["".join(drawn.choice(consonants) + drawn.choice(vowels) for _ in range(drawn.randint(4, 6)))]
        cases.append(Case(" ".join(words), frozenset(), ""))
    return Slice("nonsense", "answered", 0.05, cases)
