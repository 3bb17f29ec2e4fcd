"""Short beginnings, kept as terms of their own, so that the first keystrokes cost no more than the next."""

from collections.abc import Iterable
from itertools import chain

from kinoteka.search.analysis.memo import remembered
from kinoteka.search.clauses import Clause, Prefix, Term

SHORT_BEGINNING = 3
"""Characters."""


def short_beginnings(words: Iterable[str]) -> tuple[str, ...]:
    longest = dict.fromkeys([word[:SHORT_BEGINNING] for word in words])
    return tuple(dict.fromkeys(chain.from_iterable(map(_beginnings, longest))))


@remembered
def _beginnings(text: str) -> tuple[str, ...]:
    """All of a short text, itself included."""
    return tuple(text[:length] for length in range(1, len(text) + 1))


def beginning(field: str, value: str) -> Clause:
    """What starts so. Short beginnings are in a field of their own: they would be a union of thousands of terms."""
    return Term(f"{field}_begin", value) if len(value) <= SHORT_BEGINNING else Prefix(field, value)
