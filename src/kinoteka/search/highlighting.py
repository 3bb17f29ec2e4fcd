"""Which words of a title and of a description answered a query."""

import re
from collections.abc import Iterable
from functools import cached_property
from html import escape
from itertools import chain

import msgspec

from kinoteka.catalogue.documents import Kind
from kinoteka.catalogue.schemas import Actor, Film, Genre, PersonItem, PersonName
from kinoteka.search.analysis.folding import aligned
from kinoteka.search.analysis.stems import stems_of
from kinoteka.search.analysis.words import split_query, split_words
from kinoteka.search.documents import film_titles
from kinoteka.search.engine import Highlight, Stored, Suggestion
from kinoteka.search.keys import asked_keys, squeezed_keys
from kinoteka.search.resemblance import Resemblance, Span

_REST_OF_WORD = r"[^\W_]*(?:'[^\W_]+)*"
_FRAGMENT = 200
_SHORTEST_BEGINNING = 2
"""Letters; one alone would mark a word in ten."""
_DECODERS: dict[Kind, msgspec.json.Decoder[Film] | msgspec.json.Decoder[PersonItem] | msgspec.json.Decoder[Genre]] = {
    "film": msgspec.json.Decoder(Film),
    "person": msgspec.json.Decoder(PersonItem),
    "genre": msgspec.json.Decoder(Genre),
}


class Highlighter:
    """Of one query, for all of its hits; `is_bent`: they may have other words than it has."""

    def __init__(self, text: str, *, is_bent: bool = False) -> None:
        self._text, self._is_bent = text, is_bent
        self._words = split_query(text)
        self._stems = {stem for word in self._words for stem in stems_of(word)}
        self._candidate = _beginning_with({word[:3] for word in (*self._words, *self._stems)})

    @cached_property
    def _resemblance(self) -> Resemblance:
        """Most hits have the words themselves, and nothing more is looked for."""
        return Resemblance(self._text, nearly=self._is_bent)

    def highlight(self, kind: Kind, body: bytes) -> Highlight:
        thing = _DECODERS[kind].decode(body)
        fragment = self._fragment(thing.description) if isinstance(thing, Film) else None
        return Highlight(title=self._title(list(_names(thing))), fragment=fragment)

    def _title(self, names: list[str]) -> str | None:
        if self._candidate is None:
            return None
        for spans_of in (self._spans, self._resembling):
            for name in names:
                if spans := spans_of(name):
                    return _mark(name, spans)
        return None

    def _resembling(self, name: str) -> list[Span]:
        return self._resemblance.spans(name)

    def _fragment(self, text: str | None) -> str | None:
        spans = self._spans(text) if text else []
        if not text or not spans:
            return None
        start, end = _around(text, spans[0][0])
        inside = [(first - start, last - start) for first, last in spans if start <= first and last <= end]
        return ("…" if start else "") + _mark(text[start:end], inside) + ("…" if end < len(text) else "")

    def _spans(self, text: str) -> list[tuple[int, int]]:
        if self._candidate is None:
            return []
        return [
            match.span()
            for match in self._candidate.finditer(aligned(text))
            if self._answers(text[slice(*match.span())])
        ]

    def _answers(self, word: str) -> bool:
        begun = self._words[-1] if len(self._words[-1]) >= _SHORTEST_BEGINNING else None
        return any(
            part in self._words or (begun and part.startswith(begun)) or not self._stems.isdisjoint(stems_of(part))
            for part in split_words(word)
        )


def _beginning_with(beginnings: set[str]) -> re.Pattern[str] | None:
    """Words in aligned text that begin so; an apostrophe in them does not count."""
    if not beginnings:
        return None
    ways = "|".join("'?".join(map(re.escape, beginning)) for beginning in sorted(beginnings))
    return re.compile(rf"(?<![^\W_])(?:{ways}){_REST_OF_WORD}")


def best_title(kind: Kind, body: bytes, text: str) -> str:
    """The title or name of the thing that is nearest to the text, letter by letter."""
    thing = _DECODERS[kind].decode(body)
    asked = asked_keys(text)
    wanted = {*_pairs("".join(asked.squeezed[:1])), *_pairs("".join(asked.sounds[:1]))}
    return max(_names(thing, people=False), key=lambda name: _likeness(name, wanted))


def correction(kind: Kind, body: bytes, text: str) -> str | None:
    """What was meant by a text that was bent to find the thing: its title, or so many words of it as were typed."""
    name = best_title(kind, body, text)
    spans = Resemblance(text, nearly=True).spans(name)
    if not spans and not _resembles(name, text):
        return None
    asked = len(split_query(text))
    is_part = kind == "film" and asked == len(spans) < len(split_words(name))
    return name[spans[0][0] : spans[-1][1]] if is_part else name


def recased(kind: Kind, body: bytes, text: str) -> str:
    """The text as the thing writes it, if it is all of its title or name."""
    name = best_title(kind, body, text)
    return name if split_words(name) == split_words(text) else text


def _resembles(name: str, text: str) -> bool:
    """Whether most of the text, as spelled or as it sounds, is in the name: else it is no correction of it."""
    asked, named = asked_keys(text), asked_keys(name)
    spelled, heard = ("".join(keys[:1]) for keys in (asked.squeezed, asked.sounds))
    return any(
        2 * len(_pairs(one) & _pairs("".join(other[:1]))) >= max(1, len(_pairs(one)))
        for one, other in ((spelled, named.squeezed), (heard, named.sounds))
    )


def suggestion(stored: Stored, text: str, is_bent: bool) -> Suggestion:
    """Shows the title that begins as typed, else the main one, or the likest when the text was bent to find it."""
    thing = _DECODERS[stored.kind].decode(stored.data)
    key = "".join(split_query(text))
    names = list(_names(thing, people=False))
    begun = (name for name in names if any(squeezed.startswith(key) for squeezed in squeezed_keys(split_words(name))))
    otherwise = best_title(stored.kind, stored.data, text) if is_bent else names[0]
    return Suggestion(stored.kind, stored.id, next(begun, otherwise), thing.year if isinstance(thing, Film) else None)


def _names(thing: Film | PersonItem | Genre, people: bool = True) -> Iterable[str]:
    if not isinstance(thing, Film):
        return [thing.name]
    persons: Iterable[PersonName | Actor] = chain(thing.directors, thing.actors, thing.writers) if people else ()
    return [*film_titles(thing), *(person.name for person in persons)]


def _likeness(name: str, wanted: set[str]) -> float:
    keys = asked_keys(name)
    pairs = {*_pairs("".join(keys.squeezed[:1])), *_pairs("".join(keys.sounds[:1]))}
    return len(pairs & wanted) / (len(pairs | wanted) or 1)


def _pairs(key: str) -> set[str]:
    return {key[at : at + 2] for at in range(len(key) - 1)}


def _around(text: str, at: int) -> tuple[int, int]:
    """From a word's beginning some way before, to one's end some way after."""
    start = 0 if at < _FRAGMENT // 2 else text.rfind(" ", 0, at - _FRAGMENT // 4) + 1
    end = len(text) if start + _FRAGMENT >= len(text) else max(text.rfind(" ", 0, start + _FRAGMENT), at + 1)
    return start, end


def _mark(text: str, spans: list[tuple[int, int]]) -> str:
    parts, position = [], 0
    for start, end in spans:
        parts += [escape(text[position:start]), "<mark>", escape(text[start:end]), "</mark>"]
        position = end
    return "".join([*parts, escape(text[position:])])
