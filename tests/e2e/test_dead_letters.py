"""`kinoteka index dead-letters`, on a document that really cannot be made."""

from functools import partial
from pathlib import Path

import asyncpg

from tests.e2e.program import run, serve, until

WIDE = "250"
"""Columns of a terminal in which no cell is broken."""


async def test_what_cannot_be_made_is_listed_retried_and_forgotten(tmp_path: Path, empty_database_url: str) -> None:
    """A year of five digits: PostgreSQL stores it, and it is no moment of RFC 3339."""
    data = tmp_path / "data"
    with serve(data, "--demo", KINOTEKA_DATABASE_URL=empty_database_url) as program:
        program.wait_until_indexed()
        place = {"KINOTEKA_DATABASE_URL": empty_database_url, "COLUMNS": WIDE}
        letters = partial(run, data, "index", "dead-letters", **place)
        assert letters("list").stdout == "No document is refused.\n"

        connection = await asyncpg.connect(empty_database_url)
        film = await connection.fetchval(
            "UPDATE film SET created_at = '20000-01-01', version = version + 1"
            " WHERE id = (SELECT id FROM film ORDER BY id LIMIT 1) RETURNING id"
        )
        await connection.close()
        until(lambda: str(film) in letters("list").stdout, "the letter")
        listed = letters("list").stdout
        assert "│ film │" in listed
        assert "build: ValidationError" in listed

        assert letters("retry", str(film)).stdout == "1 document is tried again.\n"
        until(lambda: "│ 2 " in letters("list").stdout, "the second attempt")
        assert program.get(f"/api/v1/films/{film}").status_code == 200

        neither = letters("drop")
        assert neither.returncode != 0
        assert "Say which documents: their ids, or --all." in neither.stderr
        assert letters("drop", "--all").stdout == "1 document is forgotten.\n"
        assert letters("list").stdout == "No document is refused.\n"
