"""Filters and kinds as clauses."""

from collections.abc import Sequence
from uuid import UUID

from kinoteka.catalogue.documents import KINDS, Kind
from kinoteka.catalogue.schemas import ROLES, Role
from kinoteka.search.analysis.words import split_query
from kinoteka.search.beginnings import beginning
from kinoteka.search.clauses import AllOf, AnyOf, Between, Clause, Everything, NoneOf, Prefix, Scored, Term
from kinoteka.search.keys import asked_keys
from kinoteka.search.query import Filters
from kinoteka.search.ranking import all_heard, is_telling, parted, parted_beginnings


def filtered(clause: Clause, kinds: Sequence[Kind], filters: Filters) -> Clause:
    """What the clause matches of these kinds as far as it passes; the filters do not change its score."""
    conditions = [*_of_kinds(kinds), *filter_clauses(filters)]
    return AllOf(
        (
            clause,
            *(Scored(condition, 0) if not isinstance(condition, NoneOf) else condition for condition in conditions),
        )
    )


def _of_kinds(kinds: Sequence[Kind]) -> list[Clause]:
    """Nothing when all are let through: everything is of some kind."""
    terms = tuple(Term("kind", kind) for kind in kinds)
    if is_every_kind(kinds):
        return []
    return [terms[0] if len(terms) == 1 else AnyOf(terms)]


def is_every_kind(kinds: Sequence[Kind]) -> bool:
    return set(kinds) == set(KINDS)


def filter_clauses(filters: Filters) -> list[Clause]:
    clauses = [*_ranges(filters)]
    if filters.genres:
        clauses.append(AnyOf(tuple(Term("genres", str(genre)) for genre in filters.genres)))
    if filters.person is not None:
        clauses.append(credited(filters.person, filters.role))
    elif filters.role is not None:
        clauses.append(Term("credits", f"role:{filters.role}"))
    if filters.title_prefix is not None:
        clauses.append(_title_prefix(filters.title_prefix))
    if filters.name is not None:
        clauses.append(_named(filters.name))
    if filters.exclude:
        clauses.append(NoneOf(tuple(Term("id", str(excluded)) for excluded in filters.exclude)))
    return clauses


def credited(person: UUID, role: Role | None = None) -> Clause:
    """Films in which the person did this, or anything."""
    if role is not None:
        return Term("credits", f"{role}:{person}")
    return AnyOf(tuple(Term("credits", f"{any_role}:{person}") for any_role in ROLES))


def _ranges(filters: Filters) -> list[Clause]:
    bounds = (
        ("rating", filters.rating_from, filters.rating_to),
        ("year", filters.year_from, filters.year_to),
        ("minutes", filters.minutes_from, filters.minutes_to),
    )
    return [Between(field, low, high) for field, low, high in bounds if low is not None or high is not None]


def title_beginnings(text: str) -> tuple[str, ...]:
    """What the exact key of a title begins with, any of these, when the title begins with the text.

    By folded words; one alone may be written as two. Nothing but punctuation has no words: everything passes, for
    every key begins with nothing.
    """
    words = split_query(text)
    parted_so = parted_beginnings(words[0]) if len(words) == 1 else []
    return " ".join(words), *parted_so


def _title_prefix(text: str) -> Clause:
    beginnings = title_beginnings(text)
    if beginnings == ("",):
        return Everything()
    return AllOf((Term("kind", "film"), AnyOf(tuple(Prefix("exact", beginning) for beginning in beginnings))))


def _named(text: str) -> Clause:
    words = split_query(text)
    if not words:
        return Everything()
    keys = asked_keys(text)
    whole = (*(Term("squeezed", key) for key in keys.squeezed), *(Term("sounds", key) for key in keys.sounds))
    in_two = parted("names", words[0]) if len(words) == 1 else []
    heard = [all_heard(words)] if is_telling(words) else []
    return AnyOf((AllOf(tuple(beginning("names", word) for word in words)), *whole, *in_two, *heard))
