"""What tests ask of a catalogue that something was imported into."""

from typing import Any

from msgspec.json import decode
from sqlalchemy import text

from kinoteka.catalogue.exports import stream_csv, stream_jsonl
from kinoteka.database import Database


async def fetch(database: Database, query: str, **parameters: object) -> list[Any]:
    async with database.transaction() as connection:
        return list(await connection.execute(text(query), parameters))


async def execute(database: Database, statement: str, **parameters: object) -> None:
    async with database.transaction() as connection:
        await connection.execute(text(statement), parameters)


async def read_films(database: Database) -> dict[str, Any]:
    """Every film, as the API answers it, by its title."""
    lines = (await export_jsonl(database)).splitlines()
    return {film["title"]: film for film in map(decode, lines)}


async def export_csv(database: Database) -> bytes:
    return b"".join([chunk async for chunk in stream_csv(database)])


async def export_jsonl(database: Database) -> bytes:
    return b"".join([chunk async for chunk in stream_jsonl(database)])


TABLES = (
    *("film", "person", "genre", "film_genre", "credit", "alternative_title", "film_external_id"),
    *("person_external_id", "title_claim", "rating_weight", "search_outbox", "search_rebuild_request"),
)


async def dump(database: Database) -> dict[str, list[Any]]:
    """Every row of every table that an import may write."""
    return {table: sorted(map(repr, await fetch(database, f"SELECT * FROM {table}"))) for table in TABLES}
