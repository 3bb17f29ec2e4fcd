"""Short beginnings, kept as terms of their own, so that the first keystrokes cost no more than the next.

tantivy is given them as they are made here; Elasticsearch cuts the same ones itself (`search.elasticsearch.mapping`).
"""

from collections.abc import Iterable
from itertools import chain

from kinoteka.search.analysis.memo import remembered
from kinoteka.search.clauses import Clause, Prefix, Term

SHORT_BEGINNING = 3
"""Characters."""
BEGUN_FIELDS = ("squeezed", "titles", "names")
"""Of a document: those whose words are found by their beginnings."""


def short_beginnings(words: Iterable[str]) -> tuple[str, ...]:
    longest = dict.fromkeys([word[:SHORT_BEGINNING] for word in words])
    return tuple(dict.fromkeys(chain.from_iterable(map(_beginnings, longest))))


@remembered
def _beginnings(text: str) -> tuple[str, ...]:
    """All of a short text, itself included."""
    return tuple(text[:length] for length in range(1, len(text) + 1))


def begin_field(field: str) -> str:
    """What clauses call the short beginnings of one of those."""
    return f"{field}_begin"


def beginning(field: str, value: str) -> Clause:
    """What starts so. Short beginnings are in a field of their own: they would be a union of thousands of terms."""
    return Term(begin_field(field), value) if len(value) <= SHORT_BEGINNING else Prefix(field, value)
