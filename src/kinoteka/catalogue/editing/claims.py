"""Titles are claimed: of any number of people who want the same one at the same time, exactly one gets it.

The row of `title_claim` decides, which whoever wants the title must lock, and which counts the films that have it. See
docs/adr/titles-are-claimed.md.
"""

from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from kinoteka.errors import Fault

# In one order, as the triggers of `film` do it. Nothing is changed but who may go on.
_LOCK = text(
    "INSERT INTO title_claim AS t (title_key, films) SELECT key, 0 FROM unnest(CAST(:keys AS text[])) AS key "
    "ORDER BY key ON CONFLICT (title_key) DO UPDATE SET films = t.films RETURNING title_key, films"
)
_HOLDER = text(
    "SELECT id, title, year FROM film WHERE title_key = :key AND deleted_at IS NULL "
    "AND id IS DISTINCT FROM CAST(:id AS uuid) ORDER BY created_at, id LIMIT 1"
)


async def claim_title(connection: AsyncConnection, key: str, old: str | None = None) -> bool:
    """Whether no film that is not deleted has it; nobody else may take it until the transaction ends.

    `old`: the one that is given up for it.
    """
    keys = sorted({key, *([old] if old is not None else [])})
    films = {row.title_key: row.films for row in await connection.execute(_LOCK, {"keys": keys})}
    return bool(films[key] == 0)


async def find_holder(connection: AsyncConnection, key: str, apart: UUID | None = None) -> Fault | None:
    """What is wrong with wanting a title that a film, other than `apart`, has."""
    row = (await connection.execute(_HOLDER, {"key": key, "id": apart})).one_or_none()
    if row is None:
        return None
    detail = f"«{row.title}» ({row.year}) has this title; allow_same_title=true says that this is another film"
    return Fault(code="title_taken", detail=detail, pointer="/title", link=f"/api/v1/films/{row.id}")
