"""Two persons that are one: what the one has goes to the other, and its id leads there from then on.

See docs/adr/deleted-things-come-back.md.
"""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from kinoteka.catalogue.documents import Record
from kinoteka.catalogue.editing import history
from kinoteka.catalogue.editing.editor import Ref, Written, refs, refuse
from kinoteka.catalogue.editing.history import Author
from kinoteka.catalogue.editing.rows import get_record, lock_row, set_deleted
from kinoteka.catalogue.repository import find_successor
from kinoteka.errors import Fault, NotFoundError
from kinoteka.web.answer import PRIVATE, Answer
from kinoteka.web.conditional import check_match

_LOCK_BOTH = text("SELECT id FROM person WHERE id IN (:old, :new) ORDER BY id FOR UPDATE")
_LOCK_FILMS = text(
    "SELECT id FROM film WHERE id IN (SELECT film_id FROM credit WHERE person_id = :old) ORDER BY id FOR NO KEY UPDATE"
)
# Of a credit that both have, the one that stays keeps its place, and learns the character if it has none.
_MOVES = (
    """
    UPDATE credit AS kept SET character = gone.character FROM credit AS gone
    WHERE gone.person_id = :old AND kept.person_id = :new AND (kept.film_id, kept.role) = (gone.film_id, gone.role)
          AND kept.character IS NULL AND gone.character IS NOT NULL
    """,
    """
    DELETE FROM credit AS gone USING credit AS kept
    WHERE gone.person_id = :old AND kept.person_id = :new AND (kept.film_id, kept.role) = (gone.film_id, gone.role)
    """,
    "UPDATE credit SET person_id = :new WHERE person_id = :old",
    # A second id of one source still finds the person when it is imported again, but describes it no more.
    """
    UPDATE person_external_id AS gone
    SET person_id = :new,
        merged = gone.merged OR EXISTS (SELECT FROM person_external_id AS kept
                                        WHERE kept.person_id = :new AND kept.source = gone.source AND NOT kept.merged)
    WHERE gone.person_id = :old
    """,
    "UPDATE person_redirect SET new_id = :new WHERE new_id = :old",
    "INSERT INTO person_redirect (old_id, new_id) VALUES (:old, :new)",
    # Who stays keeps a photo of their own; the objects of one that nobody has any more are swept.
    """
    UPDATE person AS kept SET photo = gone.photo FROM person AS gone
    WHERE kept.id = :new AND gone.id = :old AND kept.photo IS NULL
    """,
    "UPDATE person SET photo = NULL WHERE id = :old",
    "UPDATE person SET version = version + 1, updated_at = now() WHERE id = :new",
)
"""In this order; what else a person has is moved by one statement more."""
_RAISE_FILMS = text("UPDATE film SET version = version + 1, updated_at = now() WHERE id = ANY(CAST(:films AS uuid[]))")
_MOST_NAMED = 1000


async def merge_persons(connection: AsyncConnection, author: Author, old: UUID, new: UUID, condition: str) -> Written:
    """The person that stays. Raises InvalidError for a person that cannot be merged into, NotFoundError for one that is
    not there, PreconditionFailedError."""
    if old == new:
        refuse([Fault(code="same", detail="Must be another person", pointer="/into")])
    await connection.execute(_LOCK_BOTH, {"old": old, "new": new})
    row = await lock_row(connection, "person", old, "UPDATE")
    check_match(condition, row.version)
    await _check_target(connection, new)
    films = list(await connection.scalars(_LOCK_FILMS, {"old": old}))
    before = await get_record(connection, "person", new)
    for statement in _MOVES:
        await connection.execute(text(statement), {"old": old, "new": new})
    await connection.execute(_RAISE_FILMS, {"films": films})
    gone = await set_deleted(connection, "person", old, True)
    record = await get_record(connection, "person", new)
    await _tell(connection, author, (old, gone), record, films, history.differences(before, record))
    location = (b"content-location", f"/api/v1/persons/{new}".encode())
    answer = Answer(record.body, record.version, (location,), cache_control=PRIVATE)
    return Written(answer, _touched(old, new, films))


async def _check_target(connection: AsyncConnection, new: UUID) -> None:
    try:
        await lock_row(connection, "person", new, "UPDATE")
    except NotFoundError:
        into = await find_successor(connection, new)
        merged = f"It was merged into {into}; merge into that one"
        detail = merged if into else "There is no such person; one that was deleted can be restored first"
        link = f"/api/v1/persons/{into}" if into else None
        refuse([Fault(code="merged_person" if into else "unknown_person", detail=detail, pointer="/into", link=link)])


async def _tell(
    connection: AsyncConnection,
    author: Author,
    old: tuple[UUID, int],
    kept: Record,
    films: Sequence[UUID],
    changes: Mapping[str, Any],
) -> None:
    """`old`: id and the row version that this leaves; `changes`: of the person that stays, beside credits."""
    moved = [str(film) for film in films[:_MOST_NAMED]]
    gone = {"merged_into": {"from": None, "to": str(kept.id)}, "films": {"from": moved, "to": []}}
    came = {"merged": {"from": None, "to": str(old[0])}, "films": {"from": [], "to": moved}, **changes}
    await history.write(connection, author, "merge", "person", old, gone)
    await history.write(connection, author, "merge", "person", (kept.id, kept.version), came)
    await history.write_films(connection, author, films, {"person": {"from": str(old[0]), "to": str(kept.id)}})


def _touched(old: UUID, new: UUID, films: Sequence[UUID]) -> list[Ref]:
    return [*refs("person", [old, new]), *refs("film", films)]
