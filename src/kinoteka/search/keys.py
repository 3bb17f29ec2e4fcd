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


def stored_keys(titles: Iterable[str], with_numbers: bool = True) -> Keys:
    keys_of = squeezed_keys if with_numbers else _keys_as_written
    distinct = tuple(dict.fromkeys(titles))
    words = [split_words(title) for title in distinct]
    return Keys(
        exact=exact_keys(distinct),
        squeezed=_distinct(key for title in words for key in keys_of(title)),
        sounds=tuple(key[:_LONGEST_KEY] for key in stored_sounds(distinct)),
    )


def exact_keys(titles: Iterable[str]) -> tuple[str, ...]:
    return _distinct(" ".join(split_words(title))[:_LONGEST_KEY] for title in titles)


def asked_keys(text: str) -> Keys:
    words = split_query(text)
    return Keys(
        exact=_distinct([" ".join(words)[:_LONGEST_KEY]]),
        squeezed=squeezed_keys(words),
        sounds=tuple(key[:_LONGEST_KEY] for key in asked_sounds(" ".join(text.split())[:256])),
    )


def squeezed_keys(words: Sequence[str]) -> tuple[str, ...]:
    """The fullest first."""
    ways = _with_and_without_articles(words)
    return _joined([*ways, *map(with_digits, ways)])


def _keys_as_written(words: Sequence[str]) -> tuple[str, ...]:
    return _joined(_with_and_without_articles(words))


def _with_and_without_articles(words: Sequence[str]) -> list[Sequence[str]]:
    return [words] if _ARTICLES.isdisjoint(words) else [words, [word for word in words if word not in _ARTICLES]]


def _joined(variants: Iterable[Sequence[str]]) -> tuple[str, ...]:
    return _distinct(["".join(variant)[:_LONGEST_KEY] for variant in variants])


def trigrams(key: str) -> tuple[str, ...]:
    """Of a squeezed key, with marks for its ends: ^sp spi pid …"""
    marked = f"^{key}$"
    return _distinct([marked[start : start + 3] for start in range(len(key))])


def _distinct(keys: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(filter(None, keys)))
