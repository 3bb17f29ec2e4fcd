"""Who changed what in the catalogue, and when: written in the transaction that did it, kept whatever is purged."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal
from uuid import UUID

from msgspec.json import decode, encode
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from kinoteka.catalogue.documents import Kind, Record
from kinoteka.web.decode import Call

Action = Literal["create", "change", "delete", "restore", "merge", "purge"]
Changes = dict[str, dict[str, Any]]

_DERIVED = {"id", "weighted_rating", "created_at", "updated_at", "film_count", "films", "rating", "votes"}
_WRITE = text(
    "INSERT INTO catalogue_change (kind, record_id, version, action, actor_id, request_id, changes) "
    "VALUES (:kind, :record_id, :version, :action, :actor_id, :request_id, CAST(:changes AS jsonb))"
)


@dataclass(frozen=True)
class Author:
    """By the account's id alone: with the account goes all that says who it was."""

    user_id: UUID | None = None
    request_id: str = ""


def author_of(call: Call[Any]) -> Author:
    return Author(call.user.user_id, call.request_id)


async def write(
    connection: AsyncConnection,
    author: Author,
    action: Action,
    kind: Kind,
    record: tuple[UUID, int],
    changes: Mapping[str, Any],
) -> None:
    """`record`: id and the row version that this leaves."""
    values = {
        "kind": kind,
        "record_id": record[0],
        "version": record[1],
        "action": action,
        "actor_id": author.user_id,
        "request_id": author.request_id,
        "changes": encode(changes).decode(),
    }
    await connection.execute(_WRITE, values)


_WRITE_FILMS = text(
    "INSERT INTO catalogue_change (kind, record_id, version, action, actor_id, request_id, changes) "
    "SELECT 'film', id, version, 'merge', CAST(:actor_id AS uuid), :request_id, CAST(:changes AS jsonb) "
    "FROM film WHERE id = ANY(CAST(:films AS uuid[])) ORDER BY id"
)


async def write_films(
    connection: AsyncConnection, author: Author, films: Sequence[UUID], changes: Mapping[str, Any]
) -> None:
    """Of many at once, whose credits went to another person."""
    told = {"actor_id": author.user_id, "request_id": author.request_id, "changes": encode(changes).decode()}
    await connection.execute(_WRITE_FILMS, {**told, "films": films})


def differences(before: Record | None, after: Record | None) -> Changes:
    """By field, of what people write and not of what follows from it; None: there is nothing to see."""
    old, new = _written(before), _written(after)
    fields = [name for name in (*old, *(new.keys() - old.keys())) if old.get(name) != new.get(name)]
    return {name: {"from": old.get(name), "to": new.get(name)} for name in fields}


def _written(record: Record | None) -> dict[str, Any]:
    """A film's rating and votes are those of its prior."""
    if record is None:
        return {}
    shown: dict[str, Any] = decode(record.body)
    prior = shown.pop("prior", {})
    return {**{name: value for name, value in shown.items() if name not in _DERIVED}, **prior}
