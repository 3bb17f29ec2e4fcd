"""The catalogue as queries are drawn from it, and which documents are right answers to a text."""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Container, Iterable, Iterator
from itertools import chain
from uuid import UUID

import msgspec
from msgspec import Struct

from benchmarks.relevance.catalogue import Entry
from kinoteka.catalogue.schemas import Actor, Film, Genre, Person, PersonName

WORD = re.compile(r"[^\W_]+")
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


class Title(Struct, frozen=True):
    """One of a film's titles; `language` is en for the main one, ?? where it is not known."""

    text: str
    language: str
    film: Film
    is_original: bool = False


class Pool:
    """The catalogue, ready to draw queries from."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        shapes: dict[str, type[Film] | type[Person] | type[Genre]] = {"film": Film, "person": Person, "genre": Genre}
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
        self._by_title_word = _by_key(called, lambda name: WORD.findall(name.lower()))
        self._by_plot_word = _by_key(((film.description or "", film.id) for film in self.films), long_words)
        people = [(person.name, film.id) for film in self.films for person in _credited(film)]
        self._by_word = _by_key([*called, *people], lambda name: WORD.findall(name.lower()))
        self._by_person = _by_key(people, lambda name: (name,))

    def holders(self, text: str) -> frozenset[UUID]:
        """Whatever is called exactly so."""
        return frozenset(self._holders.get(plain(text), ()))

    @property
    def words(self) -> Container[str]:
        """Of all titles and names."""
        return self._by_word.keys()

    def with_word(self, word: str) -> frozenset[UUID]:
        """Whatever has the word in a title or a name, and films of people who have."""
        return frozenset(self._by_word[word.lower()])

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
        return frozenset(self._by_person[person] & self._by_title_word[word.lower()])

    def described_by(self, words: Iterable[str]) -> frozenset[UUID]:
        return frozenset.intersection(*(frozenset(self._by_plot_word[word]) for word in words))

    def frequency(self, word: str) -> int:
        return len(self._by_plot_word[word])


def _beginning(holders: dict[str, set[UUID]], start: str) -> frozenset[UUID]:
    return frozenset(id for key, ids in holders.items() if key.startswith(start) for id in ids)  # noqa: A001


def plain(text: str) -> str:
    """Letters and digits in lower case without diacritics: when two titles count as one. Not the program's own keys."""
    letters = (letter if letter in "йї" else unicodedata.normalize("NFD", letter) for letter in text.lower())
    return re.sub(r"[\W_]+", "", "".join(part for part in "".join(letters) if not "\u0300" <= part <= "\u036f"))


def _credited(film: Film) -> Iterable[PersonName | Actor]:
    return chain[PersonName | Actor](film.directors, film.writers, film.actors)


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


def long_words(text: str | None) -> list[str]:
    return [word.lower() for word in re.findall(r"[^\W\d_]+", text or "") if len(word) >= 5]
