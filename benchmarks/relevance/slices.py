"""Known-item queries: what is typed, and which documents are right answers to it."""

import random
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from typing import Literal
from uuid import UUID

import msgspec
from msgspec import Struct

from benchmarks.relevance import distortions, scripts
from benchmarks.relevance.catalogue import Entry
from kinoteka.catalogue.schemas import Film, Genre, Person

Metric = Literal["S@1", "MRR", "answered"]
_STOP_WORDS = set("the a an of and or you me i her him his he she it we they us them to in on at by for from with who what up out is be not no".split())


class Case(Struct, frozen=True):
    query: str
    right: frozenset[UUID]
    meant: str


class Slice(Struct, frozen=True):
    name: str
    metric: Metric
    gate: float
    cases: list[Case]


class Title(Struct, frozen=True):
    """One of a film's titles, with the language it is in: en, ru, uk, or ?? for others and unknown ones in Latin script."""

    text: str
    language: str
    film: Film
    is_original: bool = False


_WORD = re.compile(r"[^\W_]+")
_ARTICLE = re.compile(r"(the|a|an)\s+", re.IGNORECASE)


def _by_key(called: Iterable[tuple[str, UUID]], keys: Callable[[str], Iterable[str]]) -> dict[str, set[UUID]]:
    holders: dict[str, set[UUID]] = defaultdict(set)
    for name, id in called:  # noqa: A001 - the field's own term
        for key in keys(name):
            holders[key].add(id)
    return holders


def _from_each_word(name: str) -> list[str]:
    words = name.split()
    return [plain(" ".join(words[at:])) for at in range(len(words))]


def _shortened(name: str) -> list[str]:
    words = name.split()
    return [plain(" ".join(words[:at] + words[at + 1 :])) for at in range(len(words))] if len(words) > 1 else []


Distortion = Callable[[random.Random, Title], str | None]
Right = Callable[[str, Title], frozenset[UUID]]
"""What else answers a query as well as the film it was made from."""


class Pool:
    """The catalogue, ready to draw queries from."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        shapes: dict[str, type[Film | Person | Genre]] = {"film": Film, "person": Person, "genre": Genre}
        things = [msgspec.json.decode(record.body, type=shapes[kind]) for kind, record in entries]
        self.films = [thing for thing in things if isinstance(thing, Film)]
        self.persons = [thing for thing in things if isinstance(thing, Person)]
        self.titles = [title for film in self.films for title in _titles(film)]
        self._holders: dict[str, set[UUID]] = {}
        for title in self.titles:
            self._holders.setdefault(plain(title.text), set()).add(title.film.id)
        names = [(thing.name, thing.id) for thing in things if not isinstance(thing, Film)]
        for name, id in names:  # noqa: A001 - the field's own term
            self._holders.setdefault(plain(name), set()).add(id)
        called = [*((title.text, title.film.id) for title in self.titles), *names]
        self._beginnings = _by_key(called, lambda name: (plain(name), plain(_ARTICLE.sub("", name))))
        self._word_beginnings = _by_key(called, _from_each_word)
        self._shortened = _by_key(called, _shortened)
        self._by_title_word = _by_key(called, lambda name: _WORD.findall(name.lower()))
        self._by_plot_word = _by_key(((film.description or "", film.id) for film in self.films), long_words)
        people = ((person.name, film.id) for film in self.films for person in (*film.directors, *film.writers, *film.actors))
        self._by_person = _by_key(people, lambda name: (name,))

    def holders(self, text: str) -> frozenset[UUID]:
        """Whatever is called exactly so."""
        return frozenset(self._holders.get(plain(text), ()))

    def beginning_so(self, text: str) -> frozenset[UUID]:
        """A title begins so also after an article of its own."""
        return _beginning(self._beginnings, plain(text))

    def with_word_beginning_so(self, text: str) -> frozenset[UUID]:
        """Names in which some word, and what follows it, begins so."""
        return _beginning(self._word_beginnings, plain(text))

    def but_for_a_word(self, text: str) -> frozenset[UUID]:
        """Whatever is called so once one of its words is left out."""
        return frozenset(self._shortened.get(plain(text), ()))

    def by(self, person: str, word: str) -> frozenset[UUID]:
        """Films with that person and that word in a title."""
        return self._by_person[person] & self._by_title_word[word.lower()]

    def described_by(self, words: Iterable[str]) -> frozenset[UUID]:
        return frozenset.intersection(*(frozenset(self._by_plot_word[word]) for word in words))

    def frequency(self, word: str) -> int:
        return len(self._by_plot_word[word])


def _beginning(holders: dict[str, set[UUID]], start: str) -> frozenset[UUID]:
    return frozenset(id for key, ids in holders.items() if key.startswith(start) for id in ids)  # noqa: A001


def plain(text: str) -> str:
    """Letters and digits in lower case without diacritics: when two titles count as one. Apart from the program's own keys."""
    bare = "".join(distortions.without_diacritics(random.Random(0), letter) or letter for letter in text.lower().replace("ё", "е"))
    return re.sub(r"[\W_]+", "", bare)


def _titles(film: Film) -> Iterator[Title]:
    seen: set[str] = set()
    for title in (
        Title(film.title, "en", film),
        *(Title(film.original_title, "??", film, is_original=True) for _ in range(1) if film.original_title),
        *(Title(other.title, other.language or "??", film) for other in film.alternative_titles),
    ):
        if plain(title.text) and (plain(title.text) not in seen or title.is_original):
            seen.add(plain(title.text))
            yield title


def make_slices(pool: Pool, size: int, seed: int) -> list[Slice]:
    maker = _Maker(pool, size, seed)
    return [*_english(maker), *_people(maker, pool), *_cyrillic(maker), _original(maker), _nonsense(maker)]


class _Maker:
    def __init__(self, pool: Pool, size: int, seed: int) -> None:
        self.pool, self.size, self.seed = pool, size, seed

    def of_titles(
        self, name: str, metric: Metric, gate: float, languages: tuple[str, ...], distort: Distortion, also: Right | None = None
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
            if query is None or not plain(query) or (plain(query) != plain(title.text) and self.pool.holders(query) - right):
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
        ("stop words", "S@1", 0.98, lambda _, title: title.text if set(title.text.lower().split()) <= _STOP_WORDS else None),
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
    yield maker.of_titles("person + title word", "MRR", 0.95, latin, _person_and_word, lambda query, _: _by_query(pool, query))
    yield maker.of_titles("plot words", "MRR", 0.95, latin, _plot_words(pool), lambda query, _: pool.described_by(query.split()))


def _person_and_word(drawn: random.Random, title: Title) -> str | None:
    """Written «person, word» or «word, person»; the comma is for telling them apart again."""
    people = [*title.film.directors, *title.film.actors]
    words = [word for word in _WORD.findall(title.text) if len(word) >= 4 and word.lower() not in _STOP_WORDS]
    if not people or not words:
        return None
    parts = [drawn.choice(people).name, max(words, key=len)]
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


def long_words(text: str | None) -> list[str]:
    return [word.lower() for word in re.findall(r"[^\W\d_]+", text or "") if len(word) >= 5]


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
        cases = []
        for person in persons:
            query = distort(drawn, person.name)
            if query and len(cases) < maker.size and not pool.holders(query) - pool.holders(person.name):
                right = pool.with_word_beginning_so(query) if name.endswith("prefix") else pool.holders(person.name)
                cases.append(Case(query, right, person.name))
        yield Slice(name, metric, gate, cases)


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
        ("wrong layout, English on", "MRR", 0.95, both, lambda _, title: scripts.on_english_layout(title.text, title.language)),
        ("homoglyphs", "MRR", 0.97, both, plainly(distortions.homoglyphs)),
        ("no ё", "MRR", 0.97, ("ru",), plainly(distortions.without_yo)),
        ("Ukrainian apostrophes", "MRR", 0.97, ("uk",), plainly(distortions.other_apostrophes)),
    )
    for name, metric, gate, languages, distort in ways:
        yield maker.of_titles(name, metric, gate, languages, distort)
    begun = plainly(distortions.beginning)
    yield maker.of_titles("Cyrillic prefix of 60 %", "S@1", 0.98, both, begun, lambda query, _: maker.pool.beginning_so(query))


def _inflected(drawn: random.Random, title: Title) -> str | None:
    return scripts.inflected(drawn, title.text, title.language)


def _transliterated(drawn: random.Random, title: Title) -> str | None:
    return scripts.transliterated(drawn, title.text, title.language) if re.search("[а-яіїє]", title.text.lower()) else None


def _original(maker: _Maker) -> Slice:
    return maker.of_titles("original title", "S@1", 0.98, ("??",), lambda _, title: title.text if title.is_original else None)


def _nonsense(maker: _Maker) -> Slice:
    """Letters at random, and syllables at random, in either script: nothing should be found."""
    drawn = random.Random(f"{maker.seed} nonsense")
    cases = []
    for number in range(maker.size):
        vowels, consonants = ("aeiou", "bcdfghjklmnpqrstvwxz") if number % 3 else ("аеиоу", "бвгджзклмнпрстфхцчшщ")
        if number % 2:
            words = ["".join(drawn.choice(vowels + consonants) for _ in range(drawn.randint(6, 10))) for _ in range(drawn.randint(1, 2))]
        else:
            words = ["".join(drawn.choice(consonants) + drawn.choice(vowels) for _ in range(drawn.randint(4, 6)))]
        cases.append(Case(" ".join(words), frozenset(), ""))
    return Slice("nonsense", "answered", 0.05, cases)
