"""Word forms: a word's stems, by script.

A Cyrillic word may be Russian or Ukrainian, so it gets both stems unless a letter tells.
"""

import re
from functools import cache

import Stemmer  # type: ignore[import-not-found] # PyStemmer ships no types

from kinoteka.search.analysis.memo import remembered
from kinoteka.search.analysis.ukrainian import stem_ukrainian

_ONLY_UKRAINIAN = re.compile("[іїєґ]")
_ONLY_RUSSIAN = re.compile("[ыэъё]")
_CYRILLIC = re.compile("[а-яіїє]")
_FLEETING = re.compile("([^аеиоуыэюя])[ое]([кцнл])$")


@cache
def _stemmer(language: str) -> Stemmer.Stemmer:
    return Stemmer.Stemmer(language)


@remembered
def stems_of(word: str) -> tuple[str, ...]:
    """One or two stems of a folded word; two texts share a word's form when they share one of them."""
    if not _CYRILLIC.search(word):
        return (_stemmer("english").stemWord(word),)
    stems = []
    if not _ONLY_UKRAINIAN.search(word):
        stems.append(_stem_russian(word))
    if not _ONLY_RUSSIAN.search(word):
        stems.append(stem_ukrainian(word))
    return tuple(dict.fromkeys(stems)) or (word,)


def _stem_russian(word: str) -> str:
    stem = _stemmer("russian").stemWord(word)
    return _FLEETING.sub(r"\1\2", stem) if len(stem) > 3 else stem
