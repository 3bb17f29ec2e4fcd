"""What a query matches and how high: one plan for both engines.

The score of a hit is the best tier it reaches times its document's quality (1.0 to 1.1). Neighbouring tiers lie further apart than
that, so quality decides inside a tier and never between two.
"""

import re
from collections.abc import Sequence

from msgspec import Struct

from kinoteka.search.analysis.layouts import on_other_layouts
from kinoteka.search.analysis.numbers import with_digits
from kinoteka.search.analysis.stems import stems_of
from kinoteka.search.analysis.words import split_query
from kinoteka.search.clauses import AllOf, AnyOf, Best, Between, Clause, Fuzzy, Nothing, Phrase, Prefix, Scored, Term
from kinoteka.search.keys import Keys, asked_keys, squeezed_keys, trigrams

EXACT_NAME = 6000.0
EXACT_TITLE = 5000.0
EXACT_TITLE_AND_YEAR = 4900.0
WHOLE_KEY = 4000.0
STARTS_WITH_WORDS = 3400.0
STARTS_SO = 2900.0
PHRASE = 2500.0
TITLE_WORDS = 2200.0
NAME_WORDS = 1900.0
TITLE_WORDS_BEGUN = 1650.0
NAME_WORDS_BEGUN = 1450.0
TITLE_STEMS = 1250.0
TITLES_AND_PEOPLE = 1100.0
TITLES_AND_PEOPLE_BEGUN = 950.0
GOOD = 900.0
"""From here up a hit is one that the words themselves led to."""
DESCRIPTION = 400.0
REWRITTEN = 350.0
"""Below all that has every word: what answers another text than the one typed."""

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
    exact, squeezed = query.keys.exact, query.keys.squeezed
    named = AnyOf((Term("kind", "person"), Term("kind", "genre")))
    tiers: list[Clause] = [
        *(Scored(AllOf((named, Term("exact", key))), EXACT_NAME) for key in exact),
        *(Scored(Term("exact", key), EXACT_TITLE) for key in exact),
        *(Scored(Term("squeezed", key), WHOLE_KEY) for key in squeezed),
        *(Scored(_film(Prefix("exact", key + " ")), STARTS_WITH_WORDS) for key in exact),
        *(Scored(_film(Prefix("squeezed", key)), STARTS_SO) for key in squeezed[:2]),
        *(Scored(Prefix("squeezed", key), NAME_WORDS_BEGUN) for key in squeezed[:1]),
    ]
    return [*tiers, *_with_year(query.words)]


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
            Scored(Prefix("titles", words[0]), TITLE_WORDS_BEGUN),
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
    return AllOf((*(Term(field, word) for word in words[:-1]), Prefix(field, words[-1])))


def _all_stems(field: str, words: Sequence[str]) -> Clause:
    return AllOf(tuple(AnyOf(tuple(Term(field, stem) for stem in stems_of(word))) for word in words))


# What follows answers another text than the one typed.


def layouts(query: Query) -> list[Query]:
    return [understand(variant) for variant in on_other_layouts(query.text)]


def edited(query: Query) -> list[Clause]:
    """Whole titles and names within one or two edits, as they are spelled and as they sound; then each word within its edits."""
    tiers: list[Clause] = []
    for position, key in enumerate(query.keys.squeezed):
        bonus = 0.0 if position else 1.0
        if len(key) >= 4:
            tiers.append(Scored(Fuzzy("squeezed", key, 1), 340 + bonus))
        if len(key) >= 7:
            tiers.append(Scored(Fuzzy("squeezed", key, 2), 270 + bonus))
    for key in query.keys.sounds:
        tiers.append(Scored(Term("sounds", key), 345))
        if len(key) >= 6:
            tiers.append(Scored(Fuzzy("sounds", key, 1), 240))
        if len(key) >= 9:
            tiers.append(Scored(Fuzzy("sounds", key, 2), 200))
    if len(query.words) > 1:
        tiers += [Scored(_all_nearly("titles", query.words), 300), Scored(_all_nearly("names", query.words), 255)]
    return tiers


def _all_nearly(field: str, words: Sequence[str]) -> Clause:
    return AllOf(tuple(_nearly(field, word) for word in words))


def _nearly(field: str, word: str) -> Clause:
    edits = 0 if len(word) < 4 else 1 if len(word) < 8 else 2
    return Fuzzy(field, word, edits) if edits else Term(field, word)


def resembling(query: Query) -> list[Clause]:
    """The last resort: one word too many, or most of the letters in most of the places."""
    tiers: list[Clause] = []
    words = query.words
    if len(words) >= 3:
        tiers += [Scored(_all_of("names", words[:at] + words[at + 1 :]), 160) for at in range(len(words))]
        tiers += [Scored(_all_stems("stems", words[:at] + words[at + 1 :]), 100) for at in range(len(words))]
    if len(query.squeezed) >= 8:
        grams = trigrams(query.squeezed)
        tiers.append(
            Scored(
                AnyOf(tuple(Term("grams", gram) for gram in grams), at_least=-(-len(grams) * 2 // 3)),
                130,
                relevance=0.2,
            )
        )
    return tiers


def nearly_begun(query: Query) -> list[Clause]:
    """For suggestions that found nothing: what starts nearly so, in spelling or in sound."""
    tiers: list[Clause] = []
    if len(query.squeezed) >= 4:
        tiers.append(Scored(Fuzzy("squeezed", query.squeezed, 1 if len(query.squeezed) < 8 else 2, prefix=True), 300))
    tiers += [Scored(Prefix("sounds", key), 250) for key in query.keys.sounds if len(key) >= 3]
    return tiers
