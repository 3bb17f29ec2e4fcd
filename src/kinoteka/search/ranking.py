"""What a query matches and how high: one plan for both engines.

The score of a hit is the best tier it reaches times its document's quality (1.0 to 1.1). The tiers of what was typed
lie further apart than that, so quality decides inside a tier and never between two.
"""

import re
from collections.abc import Sequence
from math import ceil

from msgspec import Struct

from kinoteka.search.analysis.layouts import on_other_layouts
from kinoteka.search.analysis.numbers import with_digits
from kinoteka.search.analysis.sounds import in_latin_letters, word_sounds
from kinoteka.search.analysis.stems import stems_of
from kinoteka.search.analysis.words import split_query
from kinoteka.search.beginnings import beginning
from kinoteka.search.clauses import (
    AllOf,
    AnyOf,
    Best,
    Between,
    Clause,
    Favoured,
    Fuzzy,
    NoneOf,
    Nothing,
    Phrase,
    Prefix,
    Scored,
    Term,
)
from kinoteka.search.keys import Keys, asked_keys, squeezed_keys, trigrams

EXACT_NAME = 6000.0
EXACT_TITLE = 5000.0
EXACT_TITLE_AND_YEAR = 4400.0
WHOLE_KEY = 3900.0
STARTS_WITH_WORDS = 3450.0
STARTS_SO = 3050.0
OTHER_KEY = 2700.0
"""The whole title but for an article, or for how a number is written."""
PHRASE = 2400.0
TITLE_WORDS = 2150.0
NAME_WORDS = 1900.0
NAME_STARTS_SO = 1700.0
TITLE_WORDS_BEGUN = 1520.0
NAME_WORDS_BEGUN = 1370.0
TITLE_STEMS = 1230.0
TITLES_AND_PEOPLE = 1110.0
TITLES_AND_PEOPLE_BEGUN = 990.0
GOOD = 900.0
"""From here up a hit is one that the words themselves led to."""
NAME_STEMS = 480.0
LONG_TITLE_EDITED_ONCE = 530.0
"""One letter of eight or more is wrong: measured to be meant more often than a description with all the words."""
DESCRIPTION = 400.0
SOUND = 345.0
EDITED_ONCE = 310.0
WORDS_EDITED = 280.0
NAME_SOUND = 272.0
NAME_EDITED = 262.0
EDITED_TWICE = 250.0
WORDS_SOUND = 243.0
NAMES_EDITED = 225.0
WORD_IN_NAMES_EDITED = 240.0
"""Of a query of one word, for which a whole title two edits away says less."""
WORD_EDITED_TWICE = 212.0
SOUND_EDITED_ONCE, NAME_SOUND_EDITED, SOUND_EDITED_TWICE = 200.0, 190.0, 180.0
WORDS_SOUND_EDITED, ONE_WORD_LESS, TRIGRAMS, ONE_PLOT_WORD_LESS = 170.0, 160.0, 130.0, 100.0

BEGUN_SO, NAME_BEGUN_SO, WORDS_BEGUN_SO, BEGUN_NEARLY = 330.0, 290.0, 250.0, 200.0
OTHER_SPACING = 950.0

_TELLING_SOUND, _SHORTEST_EDITED, _SHORTEST_PARTED = 3, 5, 5
"""Letters."""
_MOST_JOINED = 5
"""Words."""
_PERSON = Term("kind", "person")
_CYRILLIC = re.compile("[а-яіїє]", re.IGNORECASE)
_YEAR = re.compile(r"(18[7-9]\d|19\d\d|20\d\d)")


class Query(Struct, frozen=True):
    """A text understood once."""

    text: str
    words: tuple[str, ...]
    keys: Keys

    @property
    def squeezed(self) -> str:
        return "".join(self.words)


def understand(text: str) -> Query:
    return Query(text, split_query(text), asked_keys(text))


def literal(query: Query) -> Clause:
    """Stage 1: what has all the words, as typed."""
    if not query.words:
        return Nothing()
    tiers = [*_whole(query), *_title_tiers(query.words), *_people_tiers(query.words), _described(query.words)]
    digits = with_digits(query.words)
    if digits != query.words and digits:
        tiers += _title_tiers(digits)
    return Best(tuple(tiers))


def begun(query: Query) -> Clause:
    """For suggestions: whole titles and names that start so, then any of their words."""
    if not query.words:
        return Nothing()
    return Best((*_whole(query), *_title_tiers(query.words), *_people_tiers(query.words)))


def _whole(query: Query) -> list[Clause]:
    exact, (squeezed, *others) = " ".join(query.words), query.keys.squeezed
    named = AnyOf((Term("kind", "person"), Term("kind", "genre")))
    return [
        Scored(AllOf((named, Term("exact", exact))), EXACT_NAME),
        Scored(Term("exact", exact), EXACT_TITLE),
        Scored(Term("squeezed", squeezed), WHOLE_KEY),
        *(Scored(Term("squeezed", key), OTHER_KEY) for key in others),
        Scored(_film(_starts_with_words(query.words)), STARTS_WITH_WORDS),
        Scored(_film(beginning("squeezed", squeezed)), STARTS_SO),
        Scored(beginning("squeezed", squeezed), NAME_STARTS_SO),
        *_with_year(query.words),
    ]


def _starts_with_words(words: tuple[str, ...]) -> Clause:
    return Term("first_words", words[0]) if len(words) == 1 else Prefix("exact", " ".join(words) + " ")


def _with_year(words: tuple[str, ...]) -> list[Clause]:
    tiers: list[Clause] = []
    for year, rest in ((words[-1], words[:-1]), (words[0], words[1:])):
        if rest and _YEAR.fullmatch(year):
            within = Between("year", int(year), int(year))
            tiers.append(Scored(AllOf((Term("exact", " ".join(rest)), within)), EXACT_TITLE_AND_YEAR))
            tiers += [Scored(AllOf((Term("squeezed", key), within)), WHOLE_KEY) for key in squeezed_keys(rest)]
    return tiers


def _title_tiers(words: tuple[str, ...]) -> list[Clause]:
    if len(words) == 1:
        tiers: list[Clause] = [
            Scored(Term("titles", words[0]), PHRASE),
            Scored(beginning("titles", words[0]), TITLE_WORDS_BEGUN),
        ]
    else:
        tiers = [
            Scored(Phrase("titles", words), PHRASE),
            Scored(_all_of("titles", words), TITLE_WORDS),
            Scored(_all_begun("titles", words), TITLE_WORDS_BEGUN),
        ]
    return [*tiers, Scored(_all_stems("title_stems", words), TITLE_STEMS)]


def _people_tiers(words: tuple[str, ...]) -> list[Clause]:
    return [
        _for_person(_all_of("names", words), NAME_WORDS, other=TITLES_AND_PEOPLE),
        _for_person(_all_begun("names", words), NAME_WORDS_BEGUN, other=TITLES_AND_PEOPLE_BEGUN),
        Scored(AllOf((_PERSON, _all_stems("stems", words))), NAME_STEMS),
    ]


def _described(words: tuple[str, ...]) -> Clause:
    return Scored(_all_stems("stems", words), DESCRIPTION, relevance=0.5)


def _film(clause: Clause) -> Clause:
    return AllOf((Term("kind", "film"), clause))


def _all_of(field: str, words: Sequence[str]) -> Clause:
    return AllOf(tuple(Term(field, word) for word in words))


def _all_begun(field: str, words: Sequence[str]) -> Clause:
    """The last word may still be being typed."""
    return AllOf((*(Term(field, word) for word in words[:-1]), beginning(field, words[-1])))


def _all_stems(field: str, words: Sequence[str]) -> Clause:
    return AllOf(tuple(AnyOf(tuple(Term(field, stem) for stem in stems_of(word))) for word in words))


# What follows answers another text than the one typed.


def layouts(query: Query) -> list[Query]:
    return [understand(variant) for variant in on_other_layouts(query.text)]


def joined(query: Query) -> list[Clause]:
    """Two words that belong together, and one that is two: «di caprio», «deniro»."""
    words = query.words
    if len(words) == 1:
        return [Scored(split, OTHER_SPACING) for split in parted("names", words[0])]
    pairs = [] if len(words) > _MOST_JOINED else _with_a_pair_joined(words)
    return [tier for way in pairs for tier in (*_title_tiers(way)[:-1], *_people_tiers(way))]


def parted(field: str, word: str) -> list[Clause]:
    """The word as two that stand side by side."""
    if len(word) < _SHORTEST_PARTED or not word.isalpha():
        return []
    return [AnyOf(tuple(Phrase(field, (word[:at], word[at:])) for at in range(2, len(word) - 1)))]


def parted_beginnings(word: str) -> list[str]:
    """How keys of several words begin that have the word as two."""
    return [f"{word[:at]} {word[at:]}" for at in range(2, len(word))] if len(word) >= _SHORTEST_PARTED else []


def _with_a_pair_joined(words: tuple[str, ...]) -> list[tuple[str, ...]]:
    return [(*words[:at], words[at] + words[at + 1], *words[at + 2 :]) for at in range(len(words) - 1)]


def edited(query: Query, most: int = 2) -> list[Clause]:
    """Whole titles and names within an edit or two, as spelled and as they sound; then each word within its edits.

    `most`: edits of a whole title, of which the second costs an engine more than everything else here.
    """
    tiers = [tier for key in query.keys.squeezed[:2] for tier in _key_edited(key, most, len(query.words) == 1)]
    tiers += [tier for key in query.keys.sounds for tier in _sound_edited(key, most)]
    tiers += _words_heard(query)
    if len(query.words) > 1:
        tiers.append(Scored(_all_nearly("titles", query.words), WORDS_EDITED))
        tiers.append(_for_person(_all_nearly("names", query.words), NAME_EDITED, other=NAMES_EDITED))
    elif query.words and len(query.words[0]) >= _SHORTEST_EDITED:
        tiers.append(Scored(Fuzzy("titles", query.words[0], 1), WORDS_EDITED))
        tiers.append(_for_person(Fuzzy("names", query.words[0], 1), NAME_EDITED, other=WORD_IN_NAMES_EDITED))
    return tiers


def _words_heard(query: Query) -> list[Clause]:
    """Names of other languages are seldom written letter by letter, so those in Cyrillic may also sound nearly so."""
    tiers: list[Clause] = []
    ways = [query.words, *(_with_a_pair_joined(query.words) if len(query.words) <= _MOST_JOINED else ())]
    for way in ways:
        if not is_telling(way):
            continue
        tiers.append(_for_person(all_heard(way), NAME_SOUND, other=WORDS_SOUND))
    if _CYRILLIC.search(query.text) and is_telling(query.words):
        nearly = AllOf(tuple(_nearly_heard(word, is_alone=len(query.words) == 1) for word in query.words))
        tiers.append(_for_person(nearly, NAME_SOUND_EDITED, other=WORDS_SOUND_EDITED))
    return tiers


def is_telling(words: Sequence[str]) -> bool:
    """Not when all are so short that they say nothing, or one is silent."""
    heard = [word_sounds(word) for word in words]
    return all(heard) and any(len(sounds[0]) >= _TELLING_SOUND for sounds in heard)


def all_heard(words: Sequence[str]) -> Clause:
    return AllOf(tuple(_any_of("word_sounds", word_sounds(word)) for word in words))


def _nearly_heard(word: str, *, is_alone: bool) -> Clause:
    """Of several words short ones may differ, too; one that is alone is not bent far."""
    edits = {True: lambda one: int(len(one) >= 5), False: _sound_edits}[is_alone]
    return AnyOf(tuple(_within("word_sounds", one, edits(one)) for one in word_sounds(word)))


def _sound_edits(one: str) -> int:
    return 0 if len(one) < 3 else 1 if len(one) < 8 else 2


def _for_person(clause: Clause, score: float, *, other: float) -> Clause:
    return Favoured(clause, other, _PERSON, score)


def _any_of(field: str, values: Sequence[str]) -> Clause:
    return Term(field, values[0]) if len(values) == 1 else AnyOf(tuple(Term(field, value) for value in values))


def _key_edited(key: str, most: int, is_word: bool) -> list[Clause]:
    """The shorter a title, the more others are as near."""
    tiers: list[Clause] = []
    if len(key) >= 4:
        tiers.append(Scored(Fuzzy("squeezed", key, 1), LONG_TITLE_EDITED_ONCE if len(key) >= 8 else EDITED_ONCE))
    if len(key) >= 7 and most > 1:
        tiers.append(Scored(_no_genre(Fuzzy("squeezed", key, 2)), WORD_EDITED_TWICE if is_word else EDITED_TWICE))
    return tiers


def _sound_edited(key: str, most: int) -> list[Clause]:
    tiers: list[Clause] = [Scored(Term("sounds", key), SOUND)] if len(key) >= _TELLING_SOUND else []
    if len(key) >= 6:
        tiers.append(Scored(_no_genre(Fuzzy("sounds", key, 1)), SOUND_EDITED_ONCE))
    if len(key) >= 9 and most > 1:
        tiers.append(Scored(_no_genre(Fuzzy("sounds", key, 2)), SOUND_EDITED_TWICE))
    return tiers


def _no_genre(clause: Clause) -> Clause:
    """Genres are few and short: what is bent so far for them finds nothing that their words would not."""
    return AllOf((clause, NoneOf((Term("kind", "genre"),))))


def _all_nearly(field: str, words: Sequence[str]) -> Clause:
    """What costs least first: an engine may look no further once a word is nowhere."""
    return AllOf(tuple(_within(field, word, _word_edits(word)) for word in sorted(words, key=_word_edits)))


def _word_edits(word: str) -> int:
    return 0 if len(word) < 4 else 1 if len(word) < 8 else 2


def _within(field: str, value: str, edits: int) -> Clause:
    return Fuzzy(field, value, edits) if edits else Term(field, value)


def resembling(query: Query) -> list[Clause]:
    """The last resort: one word too many, or most of the letters in most of the places."""
    words, grams = query.words, trigrams(query.squeezed)
    less = [words[:at] + words[at + 1 :] for at in range(len(words))] if len(words) >= 3 else []
    tiers: list[Clause] = [Scored(_all_of("names", rest), ONE_WORD_LESS) for rest in less]
    tiers += [Scored(_all_stems("stems", rest), ONE_PLOT_WORD_LESS) for rest in less]
    if len(query.squeezed) >= 8:
        most = AnyOf(tuple(Term("grams", gram) for gram in grams), at_least=ceil(len(grams) * 2 / 3))
        tiers.append(Scored(most, TRIGRAMS, relevance=0.2))
    return tiers


def begun_so(query: Query) -> list[Clause]:
    """For suggestions: what sounds as if it began so."""
    tiers: list[Clause] = [Scored(Prefix("sounds", key), BEGUN_SO) for key in query.keys.sounds if len(key) >= 3]
    if is_telling(query.words) and any(len(one) >= _TELLING_SOUND for one in word_sounds(query.words[-1])):
        last = [one for one in word_sounds(query.words[-1]) if len(one) >= _TELLING_SOUND]
        begins = AnyOf(tuple(Prefix("word_sounds", one) for one in last))
        heard = AllOf((*(_any_of("word_sounds", word_sounds(word)) for word in query.words[:-1]), begins))
        tiers.append(_for_person(heard, NAME_BEGUN_SO, other=WORDS_BEGUN_SO))
    return tiers


def nearly_begun(query: Query) -> list[Clause]:
    """For suggestions that found nothing: what starts nearly so, in sound or else in spelling."""
    tiers = [*begun_so(query), *joined(query)]
    if len(key := query.squeezed) >= 4:
        tiers.append(Scored(Fuzzy("squeezed", key, 1 if len(key) < 8 else 2, prefix=True), BEGUN_NEARLY))
    return tiers


def spelled_out(query: Query) -> Query | None:
    """A letter or two of Cyrillic, in Latin: too little to have been typed on the wrong layout."""
    if len(query.squeezed) > 2 or not _CYRILLIC.search(query.text):
        return None
    return understand(in_latin_letters(query.text))
