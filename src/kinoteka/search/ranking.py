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
from kinoteka.search.analysis.sounds import word_sound
from kinoteka.search.analysis.stems import stems_of
from kinoteka.search.analysis.words import split_query
from kinoteka.search.beginnings import beginning
from kinoteka.search.clauses import AllOf, AnyOf, Best, Between, Clause, Fuzzy, Nothing, Phrase, Prefix, Scored, Term
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
LONG_TITLE_EDITED_ONCE = 500.0
"""One letter of eight or more is wrong: measured to be meant more often than a description with all the words."""
DESCRIPTION = 400.0
SOUND, WORDS_SOUND, EDITED_ONCE, WORDS_EDITED, EDITED_TWICE, NAMES_EDITED, SOUND_EDITED_ONCE, SOUND_EDITED_TWICE = (
    345.0, 190.0, 310.0, 280.0, 250.0, 225.0, 200.0, 180.0
)  # fmt: skip
NAME_SOUND, WORDS_SOUND_EDITED, ONE_WORD_LESS, TRIGRAMS, ONE_PLOT_WORD_LESS = 212.0, 170.0, 160.0, 130.0, 100.0

_TELLING_SOUND = 3
"""Letters."""
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
    person = Term("kind", "person")
    return [
        Scored(AllOf((person, _all_of("names", words))), NAME_WORDS),
        Scored(AllOf((person, _all_begun("names", words))), NAME_WORDS_BEGUN),
        Scored(_all_of("names", words), TITLES_AND_PEOPLE),
        Scored(_all_begun("names", words), TITLES_AND_PEOPLE_BEGUN),
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


def edited(query: Query) -> list[Clause]:
    """Whole titles and names within an edit or two, as spelled and as they sound; then each word within its edits."""
    tiers = [tier for key in query.keys.squeezed[:2] for tier in _key_edited(key)]
    tiers += [tier for key in query.keys.sounds for tier in _sound_edited(key)]
    if sounds := _sounds_of(query.words):
        tiers.append(Scored(_all_of("word_sounds", sounds), WORDS_SOUND))
        tiers.append(Scored(AllOf((Term("kind", "person"), _all_of("word_sounds", sounds))), NAME_SOUND))
        if len(sounds) > 1 and _CYRILLIC.search(query.text):
            # Names of other languages are seldom written letter by letter: Чарли for Charlie.
            tiers.append(Scored(_all_nearly("word_sounds", sounds), WORDS_SOUND_EDITED))
    if len(query.words) > 1:
        tiers.append(Scored(_all_nearly("titles", query.words), WORDS_EDITED))
        tiers.append(Scored(_all_nearly("names", query.words), NAMES_EDITED))
    return tiers


def _sounds_of(words: Sequence[str]) -> tuple[str, ...]:
    """Empty when all are so short that they say nothing."""
    sounds = tuple(heard for word in words if (heard := word_sound(word)))
    return sounds if any(len(one) >= _TELLING_SOUND for one in sounds) else ()


def _key_edited(key: str) -> list[Clause]:
    """The shorter a title, the more others are as near."""
    tiers: list[Clause] = []
    if len(key) >= 4:
        tiers.append(Scored(Fuzzy("squeezed", key, 1), LONG_TITLE_EDITED_ONCE if len(key) >= 8 else EDITED_ONCE))
    if len(key) >= 7:
        tiers.append(Scored(Fuzzy("squeezed", key, 2), EDITED_TWICE))
    return tiers


def _sound_edited(key: str) -> list[Clause]:
    tiers: list[Clause] = [Scored(Term("sounds", key), SOUND)] if len(key) >= _TELLING_SOUND else []
    if len(key) >= 6:
        tiers.append(Scored(Fuzzy("sounds", key, 1), SOUND_EDITED_ONCE))
    if len(key) >= 9:
        tiers.append(Scored(Fuzzy("sounds", key, 2), SOUND_EDITED_TWICE))
    return tiers


def _all_nearly(field: str, words: Sequence[str]) -> Clause:
    return AllOf(tuple(_nearly(field, word) for word in words))


def _nearly(field: str, word: str) -> Clause:
    edits = 0 if len(word) < 4 else 1 if len(word) < 8 else 2
    return Fuzzy(field, word, edits) if edits else Term(field, word)


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


def nearly_begun(query: Query) -> list[Clause]:
    """For suggestions that found nothing: what starts nearly so, in spelling or in sound."""
    tiers: list[Clause] = []
    if len(query.squeezed) >= 4:
        tiers.append(
            Scored(Fuzzy("squeezed", query.squeezed, 1 if len(query.squeezed) < 8 else 2, prefix=True), EDITED_ONCE)
        )
    tiers += [Scored(Prefix("sounds", key), SOUND_EDITED_ONCE) for key in query.keys.sounds if len(key) >= 3]
    if (sounds := _sounds_of(query.words)) and len(sounds[-1]) >= 3:
        begun_so = AllOf((*(Term("word_sounds", one) for one in sounds[:-1]), Prefix("word_sounds", sounds[-1])))
        tiers.append(Scored(begun_so, SOUND_EDITED_TWICE))
        tiers.append(Scored(AllOf((Term("kind", "person"), begun_so)), SOUND_EDITED_ONCE))
    return tiers
