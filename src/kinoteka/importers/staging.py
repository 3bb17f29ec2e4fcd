"""The temporary tables that rows are streamed into with COPY before SQL merges them. They go with the transaction."""

from collections import defaultdict
from collections.abc import AsyncIterator
from typing import TypeAlias

import asyncpg

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"

_TABLES = """
CREATE TEMP TABLE stage_film (
    ref text COLLATE "C", file smallint, line bigint, fields integer, id uuid, imdb text, tmdb text,
    title text, title_key text, original_title text, description text, year smallint, minutes integer,
    rating numeric(4, 2), votes integer, created_at timestamptz, updated_at timestamptz) ON COMMIT DROP;
CREATE TEMP TABLE stage_rating (film text COLLATE "C", rating numeric(4, 2), votes integer) ON COMMIT DROP;
CREATE TEMP TABLE stage_description (film text COLLATE "C", description text) ON COMMIT DROP;
CREATE TEMP TABLE stage_person (
    ref text COLLATE "C", file smallint, line bigint, id uuid, imdb text, name text,
    date_of_birth text, date_of_death text) ON COMMIT DROP;
CREATE TEMP TABLE stage_credit (
    film text COLLATE "C", role text, position integer, person text COLLATE "C", character text,
    file smallint, line bigint) ON COMMIT DROP;
CREATE TEMP TABLE stage_genre (
    film text COLLATE "C", position integer, id uuid, name text, name_key text, line bigint) ON COMMIT DROP;
CREATE TEMP TABLE stage_title (
    film text COLLATE "C", position integer, title text, language text, file smallint, line bigint) ON COMMIT DROP;
"""
TABLES = (
    "stage_film",
    "stage_rating",
    "stage_description",
    "stage_person",
    "stage_credit",
    "stage_genre",
    "stage_title",
)

# Which values a row brings; what it does not bring stays as it is in the catalogue.
FIELDS = {
    name: 1 << bit
    for bit, name in enumerate(
        (
            "original_title",
            "minutes",
            "prior",
            "description",
            "imdb",
            "tmdb",
            "genre",
            "director",
            "writer",
            "actor",
            "title",
        )
    )
}


class Stage:
    """Rows wait in `rows` by table until `flush` sends them; the caller flushes often enough to bound memory."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self.rows: defaultdict[str, list[str]] = defaultdict(list)

    async def flush(self) -> None:
        for table, lines in self.rows.items():
            if lines:
                await self._connection.copy_to_table(table, source=_whole("".join(lines).encode()), format="text")
                lines.clear()

    def is_full(self) -> bool:
        return any(len(lines) > 20_000 for lines in self.rows.values())


async def _whole(data: bytes) -> AsyncIterator[bytes]:
    """Not a file: asyncpg makes a class around each of those, which the garbage collector has to find with its data."""
    yield data


async def create_stage(connection: Connection) -> Stage:
    await connection.execute(_TABLES)
    return Stage(connection)


def copy_line(*values: object) -> str:
    r"""A line of COPY's text format: None is \N."""
    return "\t".join(["\\N" if value is None else copy_text(str(value)) for value in values]) + "\n"


def copy_text(text: str) -> str:
    if "\\" in text:
        text = text.replace("\\", "\\\\")
    return text if text.isprintable() else text.replace("\n", "\\n").replace("\r", "\\r").replace("\t", "\\t")
