"""Keys of a whole title or name, made alike for what is stored and for what is asked."""

from collections.abc import Iterable, Sequence

from msgspec import Struct

from kinoteka.search.analysis.numbers import with_digits
from kinoteka.search.analysis.sounds import asked_sounds, stored_sounds
from kinoteka.search.analysis.words import split_query, split_words

_ARTICLES = frozenset({"the", "a", "an"})
_LONGEST_KEY = 120
"""Characters; engines compare keys letter by letter, and no two titles are told apart later than this."""


class Keys(Struct, frozen=True):
    exact: tuple[str, ...]
    """Folded words with single spaces."""
    squeezed: tuple[str, ...]
    """Letters and digits only; with and without articles, with numbers as written and in digits."""
    sounds: tuple[str, ...]


def stored_keys(titles: Iterable[str]) -> Keys:
    distinct = tuple(dict.fromkeys(titles))
    words = [split_words(title) for title in distinct]
    return Keys(
        exact=_distinct(" ".join(title)[:_LONGEST_KEY] for title in words),
        squeezed=_distinct(key for title in words for key in squeezed_keys(title)),
        sounds=tuple(key[:_LONGEST_KEY] for key in stored_sounds(distinct)),
    )


def asked_keys(text: str) -> Keys:
    words = split_query(text)
    return Keys(
        exact=_distinct([" ".join(words)[:_LONGEST_KEY]]),
        squeezed=squeezed_keys(words),
        sounds=tuple(key[:_LONGEST_KEY] for key in asked_sounds(" ".join(text.split())[:256])),
    )


def squeezed_keys(words: Sequence[str]) -> tuple[str, ...]:
    """The fullest first."""
    variants = [words, with_digits(words)]
    if not _ARTICLES.isdisjoint(words):
        bare = tuple(word for word in words if word not in _ARTICLES)
        variants = [words, bare, with_digits(words), with_digits(bare)]
    return _distinct(["".join(variant)[:_LONGEST_KEY] for variant in variants])


def trigrams(key: str) -> tuple[str, ...]:
    """Of a squeezed key, with marks for its ends: ^sp spi pid …"""
    marked = f"^{key}$"
    return _distinct([marked[start : start + 3] for start in range(len(key))])


def _distinct(keys: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(filter(None, keys)))
