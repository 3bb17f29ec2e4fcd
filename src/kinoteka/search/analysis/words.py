"""The words of a text, folded. The same for what is stored and for what is asked."""

import unicodedata
from functools import lru_cache

from kinoteka.search.analysis.folding import fold
from kinoteka.search.analysis.homoglyphs import repair_homoglyphs

MAX_QUERY_CHARACTERS = 256
MAX_QUERY_WORDS = 16
_LONGEST_WORD = 64


class _Separated(dict[int, str]):
    """Letters, digits and the marks of scripts that write vowels so; apostrophes join; all else parts words."""

    def __missing__(self, code: int) -> str:
        character = chr(code)
        if character == "'":
            kept = ""
        elif unicodedata.category(character)[0] in "LNM":
            kept = character
        else:
            kept = " "
        self[code] = kept
        return kept


class _FoldedAndSeparated(dict[int, str]):
    """Both in one step, which is right for ASCII only: there folding looks at one character at a time."""

    def __missing__(self, code: int) -> str:
        self[code] = words = fold(chr(code)).translate(_TABLE)
        return words


_TABLE = _Separated()
_ASCII_TABLE = _FoldedAndSeparated()


def split_text(text: str) -> tuple[str, ...]:
    """Folded words in order; a very long one is cut, since engines refuse terms past some length."""
    parted = text.translate(_ASCII_TABLE) if text.isascii() else _parted(text)
    words = parted.split()
    return tuple(words) if len(parted) <= _LONGEST_WORD else tuple(word[:_LONGEST_WORD] for word in words)


def _parted(text: str) -> str:
    """Folding and joining can bring letters of two scripts together that were none before: á and ё, a’е."""
    return repair_homoglyphs(fold(repair_homoglyphs(text)).translate(_TABLE))


split_words = lru_cache(maxsize=32768)(split_text)
"""The same, remembered: for names and titles, which come again, and not for descriptions, which would fill memory."""


def split_query(text: str) -> tuple[str, ...]:
    """As split_words, but what a query may cost is bounded here: its first 256 characters and 16 words count."""
    return split_words(text[:MAX_QUERY_CHARACTERS])[:MAX_QUERY_WORDS]


def joined_compounds(text: str) -> tuple[str, ...]:
    """Words written with hyphens as one word each: spiderman for Spider-Man."""
    if text.isascii() and "-" not in text:  # most of them; spares the folding
        return ()
    if "-" not in (folded := fold(text)):
        return ()
    return tuple(
        "".join(split_words(part))[:_LONGEST_WORD]
        for part in folded.split()
        if "-" in part.strip("-") and any(split_words(part))
    )
