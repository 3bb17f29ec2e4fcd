"""What is asked of an engine: a small tree in our own words, made in one place and translated by each adapter."""

from __future__ import annotations

from msgspec import Struct


class Term(Struct, frozen=True):
    field: str
    value: str


class Phrase(Struct, frozen=True):
    """The words side by side, in order; at least two."""

    field: str
    words: tuple[str, ...]


class Prefix(Struct, frozen=True):
    field: str
    value: str


class Fuzzy(Struct, frozen=True):
    """Within so many edits (1 or 2; a swap of neighbours is one); with `prefix`, a beginning of the term is."""

    field: str
    value: str
    edits: int
    prefix: bool = False


class Between(Struct, frozen=True):
    """Both ends included, None: open."""

    field: str
    low: float | None
    high: float | None


class AllOf(Struct, frozen=True):
    clauses: tuple[Clause, ...]


class AnyOf(Struct, frozen=True):
    """At least so many of them."""

    clauses: tuple[Clause, ...]
    at_least: int = 1


class NoneOf(Struct, frozen=True):
    """Only inside AllOf, beside another clause."""

    clauses: tuple[Clause, ...]


class Best(Struct, frozen=True):
    """Scores as the best of them does."""

    clauses: tuple[Clause, ...]


class Scored(Struct, frozen=True):
    """Scores `score`, whatever the clause inside would; `relevance` times its BM25 is added."""

    clause: Clause
    score: float
    relevance: float = 0.0


class Favoured(Struct, frozen=True):
    """Scores `score`, or `favoured`, which is more, where `by` holds too; the clause itself is looked for once."""

    clause: Clause
    score: float
    by: Clause
    favoured: float


class Everything(Struct, frozen=True):
    pass


class Nothing(Struct, frozen=True):
    pass


Clause = (
    Term | Phrase | Prefix | Fuzzy | Between | AllOf | AnyOf | NoneOf | Best | Scored | Favoured | Everything | Nothing
)
