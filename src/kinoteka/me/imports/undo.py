"""Takes back what an import has done, as far as nobody has changed it since."""

from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from kinoteka.catalogue.changes import changing
from kinoteka.catalogue.editing.editor import Editor
from kinoteka.errors import NotFoundError

_MOST_MARKED = 500
"""Films that are right by id at once; of more, the others are in half a second."""

# The account first, as a batch does: then neither waits for the other's second lock.
_LOCK_ACCOUNT = text("SELECT FROM account WHERE id = :account FOR UPDATE")
_LOCK = text("SELECT state, dry_run FROM own_import WHERE id = :id AND account_id = :account FOR UPDATE")
_FILMS = text(
    """
    SELECT film_id FROM own_import_row
    WHERE import_id = :id AND list = 'ratings' AND outcome IN ('added', 'changed') ORDER BY number LIMIT :most
    """
)
_TAKE_BACK = (
    """
    DELETE FROM rating AS r USING own_import_row AS i
    WHERE i.import_id = :id AND i.list = 'ratings' AND i.outcome = 'added' AND r.account_id = :account
          AND r.film_id = i.film_id AND (r.score, r.rated_at) = (i.score, i.at)
    """,
    """
    UPDATE rating AS r SET score = i.score_before, rated_at = i.at_before FROM own_import_row AS i
    WHERE i.import_id = :id AND i.list = 'ratings' AND i.outcome = 'changed' AND r.account_id = :account
          AND r.film_id = i.film_id AND (r.score, r.rated_at) = (i.score, i.at)
    """,
    """
    DELETE FROM list_entry AS e USING own_import_row AS i
    WHERE i.import_id = :id AND i.list = e.list AND i.outcome = 'added' AND e.account_id = :account
          AND e.film_id = i.film_id AND e.added_at = i.at
    """,
)
_END = text(
    """
    UPDATE own_import SET state = 'undone', undone_at = now(), content = NULL, holder = NULL, lease_until = NULL,
           finished_at = coalesce(finished_at, now())
    WHERE id = :id
    """
)


async def undo(editor: Editor, account: UUID, import_id: UUID) -> None:
    """One that is under way ends where it is. Nothing happens the second time. Raises NotFoundError."""
    values: dict[str, Any] = {"account": account, "id": import_id}
    async with changing(editor.database, editor.tokens) as begun:
        connection = begun.connection
        await connection.execute(_LOCK_ACCOUNT, {"account": account})
        row = (await connection.execute(_LOCK, values)).one_or_none()
        if row is None:
            raise NotFoundError(f"You have no import with the id {import_id}.")
        if row.state == "undone":
            return
        if not row.dry_run:
            films = await connection.scalars(_FILMS, {"id": import_id, "most": _MOST_MARKED})
            await begun.hold([("film", film) for film in films])
            await _take_back(connection, values)
        await connection.execute(_END, {"id": import_id})


async def _take_back(connection: AsyncConnection, values: dict[str, Any]) -> None:
    for statement in _TAKE_BACK:
        await connection.execute(text(statement), values)
