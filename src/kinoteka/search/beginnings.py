"""Short beginnings, kept as terms of their own, so that the first keystrokes cost no more than the next."""

from collections.abc import Iterable

from kinoteka.search.clauses import Clause, Prefix, Term

SHORT_BEGINNING = 3
"""Characters."""


def short_beginnings(words: Iterable[str]) -> tuple[str, ...]:
    return tuple(
        dict.fromkeys(word[:length] for word in words for length in range(1, min(len(word), SHORT_BEGINNING) + 1))
    )


def of_texts(texts: Iterable[str]) -> tuple[str, ...]:
    return short_beginnings(word for text in texts for word in text.split())


def beginning(field: str, value: str) -> Clause:
    """What starts so. Short beginnings are in a field of their own: they would be a union of thousands of terms."""
    return Term(f"{field}_begin", value) if len(value) <= SHORT_BEGINNING else Prefix(field, value)
