"""Words that are not those typed but answered them: misspelled, written apart or together, heard in another script."""

import re
from itertools import pairwise

from kinoteka.search.analysis.folding import aligned
from kinoteka.search.analysis.sounds import word_sounds
from kinoteka.search.analysis.words import split_query, split_words
from kinoteka.search.keys import asked_keys, squeezed_keys

Span = tuple[int, int]

_WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)*")
_CYRILLIC = re.compile("[а-яіїє]")
_SHORTEST_HEARD = 3


class Resemblance:
    """Of one query; `nearly`: also what differs by the edits that the search allows."""

    def __init__(self, text: str, *, nearly: bool) -> None:
        words = split_query(text)
        pairs = [one + other for one, other in pairwise(words)]
        self._nearly = nearly
        self._is_cyrillic = bool(_CYRILLIC.search("".join(words)))
        self._known: dict[str, bool] = {}
        self._asked = dict.fromkeys([*words, *pairs])
        self._sounds = {sound for word in self._asked for sound in word_sounds(word)}
        self._keys = frozenset(asked_keys(text).squeezed)

    def spans(self, text: str) -> list[Span]:
        """Of the words in the text that resemble one asked for; of all of it when that is what does."""
        places = [match.span() for match in _WORD.finditer(aligned(text))]
        words = ["".join(split_words(text[slice(*place)])) for place in places]
        found: list[Span] = []
        for at, (place, word) in enumerate(zip(places, words, strict=True)):
            if found and place[0] < found[-1][1]:
                continue
            if self._is_like(word):
                found.append(place)
            elif self._is_like("".join(words[at : at + 2])) and not self._is_like(words[at + 1]):
                found.append((place[0], places[at + 1][1]))
        return found or ([(places[0][0], places[-1][1])] if places and self._is_whole(text) else [])

    def _is_like(self, word: str) -> bool:
        if word not in self._known:
            self._known[word] = word in self._asked or (self._nearly and self._is_nearly(word))
        return self._known[word]

    def _is_nearly(self, word: str) -> bool:
        if bool(_CYRILLIC.search(word)) == self._is_cyrillic:
            return any(_is_near(word, asked) for asked in self._asked)
        sounds = [sound for sound in word_sounds(word) if len(sound) >= _SHORTEST_HEARD]
        return any(sound in self._sounds or any(_is_near(sound, asked) for asked in self._sounds) for sound in sounds)

    def _is_whole(self, text: str) -> bool:
        keys = squeezed_keys(split_words(text))
        return any(
            key in self._keys or (self._nearly and any(_is_near(key, one) for one in self._keys)) for key in keys
        )


def _is_near(one: str, other: str) -> bool:
    """Two edits from eight letters on, one from four on, as the search has them."""
    edits = 0 if len(other) < 4 else 1 if len(other) < 8 else 2
    if abs(len(one) - len(other)) > edits or len(set(other) - set(one)) > edits:  # spares nearly all the comparing
        return False
    return is_within(one, other, edits)


def is_within(one: str, other: str, edits: int) -> bool:
    """Letters replaced, lost, added, neighbours swapped: at most so many (the optimal string alignment)."""
    before: list[int] = []
    row = list(range(len(other) + 1))
    for at, letter in enumerate(one, 1):
        last, before, row = before, row, [at]
        for to, wanted in enumerate(other, 1):
            cost = min(before[to] + 1, row[-1] + 1, before[to - 1] + (letter != wanted))
            if at > 1 and to > 1 and letter == other[to - 2] and one[at - 2] == wanted:
                cost = min(cost, last[to - 2] + 1)
            row.append(cost)
        if min(row) > edits:
            return False
    return row[-1] <= edits
