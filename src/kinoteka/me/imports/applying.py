"""What the entries of a file change: told row by row, and done unless it is a dry run."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from msgspec import Struct, to_builtins
from sqlalchemy import insert, text
from sqlalchemy.ext.asyncio import AsyncConnection

from kinoteka.me.imports.entries import Entry, Target
from kinoteka.me.imports.matching import Match
from kinoteka.me.imports.models import own_import_row

Outcome = Literal["added", "changed", "unchanged", "duplicate", "ambiguous", "unmatched", "refused"]

_SCORES = text(
    "SELECT film_id, score, rated_at FROM rating WHERE account_id = :account AND film_id = ANY(:films) FOR UPDATE"
)
_ENTRIES = text("SELECT list, film_id FROM list_entry WHERE account_id = :account AND film_id = ANY(:films)")
_EARLIER = text(
    """
    SELECT list, film_id FROM own_import_row
    WHERE import_id = :id AND film_id = ANY(:films) AND outcome IN ('added', 'changed', 'unchanged')
    """
)
# Films in the order of their ids, as everybody who scores several at once.
_RATE = text(
    """
    INSERT INTO rating (account_id, film_id, score, rated_at)
    SELECT :account, film_id, score, at
    FROM unnest(CAST(:films AS uuid[]), CAST(:scores AS smallint[]), CAST(:moments AS timestamptz[]))
         AS new (film_id, score, at)
    ORDER BY film_id
    ON CONFLICT (account_id, film_id) DO UPDATE SET score = excluded.score, rated_at = excluded.rated_at
    """
)
_ADD = text(
    """
    INSERT INTO list_entry (account_id, list, film_id, added_at)
    SELECT :account, list, film_id, at
    FROM unnest(CAST(:lists AS text[]), CAST(:films AS uuid[]), CAST(:moments AS timestamptz[]))
         AS new (list, film_id, at)
    ON CONFLICT DO NOTHING
    """
)


class Told(Struct, kw_only=True):
    """A row of the report. `score_before`, `at_before`: what a changed score replaced."""

    entry: Entry
    match: Match
    outcome: Outcome
    reason: str | None = None
    at: datetime | None = None
    score_before: int | None = None
    at_before: datetime | None = None

    @property
    def key(self) -> tuple[Target, UUID] | None:
        film = self.match.film
        return (self.entry.target, film.id) if film else None


class Present(Struct, frozen=True):
    """What there is already of the films of a batch; `now` is the time of those that have none of their own."""

    scores: dict[UUID, tuple[int, datetime]]
    entries: set[tuple[str, UUID]]
    earlier: set[tuple[str, UUID]]
    now: datetime


async def find_present(
    connection: AsyncConnection, import_id: UUID, account: UUID, matches: Sequence[Match]
) -> Present:
    films = sorted({match.film.id for match in matches if match.film})
    asked = {"account": account, "films": films}
    scores = await connection.execute(_SCORES, asked)
    entries = await connection.execute(_ENTRIES, asked)
    earlier = await connection.execute(_EARLIER, {"id": import_id, "films": films})
    now: datetime = (await connection.execute(text("SELECT now()"))).scalar_one()
    return Present(
        {row.film_id: (row.score, row.rated_at) for row in scores},
        {(row.list, row.film_id) for row in entries},
        {(row.list, row.film_id) for row in earlier},
        now,
    )


def judge(entries: Iterable[Entry], matches: Iterable[Match], present: Present) -> list[Told]:
    """What becomes of each, in order; of two for the same film and list the first counts."""
    told: list[Told] = []
    seen = set(present.earlier)
    for entry, match in zip(entries, matches, strict=True):
        one = _judge(entry, match, present, seen)
        if one.key and one.outcome in ("added", "changed", "unchanged"):
            seen.add(one.key)
        told.append(one)
    return told


def _judge(entry: Entry, match: Match, present: Present, seen: set[tuple[str, UUID]]) -> Told:
    if entry.fault is not None:
        return Told(entry=entry, match=Match(), outcome="refused", reason=entry.fault)
    if match.film is None:
        return Told(
            entry=entry, match=match, outcome="ambiguous" if match.candidates else "unmatched", reason=match.reason
        )
    if (entry.target, match.film.id) in seen:
        return Told(entry=entry, match=match, outcome="duplicate", reason="An earlier row is of the same film")
    if entry.target != "ratings":
        is_there = (entry.target, match.film.id) in present.entries
        return _done(entry, match, present, "unchanged" if is_there else "added")
    before = present.scores.get(match.film.id)
    if before is None:
        return _done(entry, match, present, "added")
    if before[0] == entry.halves:
        return _done(entry, match, present, "unchanged")
    changed = _done(entry, match, present, "changed")
    changed.score_before, changed.at_before = before
    return changed


def _done(entry: Entry, match: Match, present: Present, outcome: Outcome) -> Told:
    return Told(entry=entry, match=match, outcome=outcome, at=entry.at or present.now)


async def apply(connection: AsyncConnection, account: UUID, told: Sequence[Told]) -> None:
    scores = [one for one in told if one.entry.target == "ratings" and one.outcome in ("added", "changed")]
    entries = [one for one in told if one.entry.target != "ratings" and one.outcome == "added"]
    if scores:
        values = {"scores": [one.entry.halves for one in scores]}
        await connection.execute(_RATE, {**_common(account, scores), **values})
    if entries:
        lists = {"lists": [one.entry.target for one in entries]}
        await connection.execute(_ADD, {**_common(account, entries), **lists})


def _common(account: UUID, told: Sequence[Told]) -> dict[str, Any]:
    films = [one.match.film.id for one in told if one.match.film]
    return {"account": account, "films": films, "moments": [one.at for one in told]}


async def keep_rows(connection: AsyncConnection, import_id: UUID, first: int, told: Sequence[Told]) -> None:
    rows = [_row(import_id, number, one) for number, one in enumerate(told, first)]
    await connection.execute(insert(own_import_row), rows)


def _row(import_id: UUID, number: int, told: Told) -> dict[str, Any]:
    entry, film = told.entry, told.match.film
    return {
        "import_id": import_id,
        "number": number,
        "file": _storable(entry.file),
        "line": entry.line,
        "list": entry.target,
        "title": entry.title,
        "year": entry.year,
        "external_id": next((f"{source}:{value}" for source, value in entry.ids.items()), None),
        "score": entry.halves,
        "at": told.at,
        "outcome": told.outcome,
        "reason": _storable(told.reason) if told.reason else None,
        "film_id": film.id if film else None,
        "candidates": to_builtins(told.match.candidates),
        "score_before": told.score_before,
        "at_before": told.at_before,
    }


def _storable(text_of_file: str) -> str:
    """PostgreSQL takes no NUL, and whoever wrote the file may have put one in."""
    return text_of_file.replace("\0", "")[:300]
