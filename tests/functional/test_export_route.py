"""Films as a file, over HTTP. What is in the file is tested where it is written."""

import asyncio
import csv
import io
import json
from typing import Any

import pytest
from applications import Own
from checked_api import Api
from people import new_person
from raw_asgi import make_scope
from small_catalogue import FILMS, OUTSIDERS
from sqlalchemy import text


async def test_csv(api: Api) -> None:
    response = await api.get("/films/export")
    assert response.headers["content-disposition"] == 'attachment; filename="films.csv"'
    rows = list(csv.DictReader(io.StringIO(response.text, newline="")))
    assert {row["id"] for row in rows} == {str(one.id) for one in FILMS}
    assert "etag" not in response.headers


async def test_json_lines_are_the_films_as_they_are_answered(api: Api) -> None:
    response = await api.get("/films/export?format=jsonl")
    lines = [json.loads(line) for line in response.text.splitlines()]
    assert len(lines) == len(FILMS)
    assert lines[3] == (await api.get(f"/films/{lines[3]['id']}")).json()


@pytest.mark.parametrize(
    ("accept", "answered"),
    [
        ("application/x-ndjson", "application/x-ndjson"),
        ("text/csv", "text/csv"),
        ("text/csv;q=0.5, application/x-ndjson", "application/x-ndjson"),
        ("*/*", "text/csv"),
        ("application/json", None),
    ],
)
async def test_accept_chooses(api: Api, accept: str, answered: str | None) -> None:
    response = await api.get("/films/export", 200 if answered else 406, headers={"Accept": accept})
    assert response.headers["content-type"].partition(";")[0] == (answered or "application/problem+json")
    await api.get("/films/export?format=csv", headers={"Accept": accept})


@pytest.mark.parametrize("coding", ["zstd", "gzip", "identity"])
async def test_codings(api: Api, coding: str) -> None:
    packed = await api.get("/films/export", headers={"Accept-Encoding": coding})
    assert packed.headers.get("content-encoding", "identity") == coding
    assert packed.content == (await api.get("/films/export", headers={"Accept-Encoding": "identity"})).content


async def test_bad_parameters(api: Api) -> None:
    await api.problem("/films/export?format=xml", "format")
    await api.problem("/films/export?genre=Drama", "genre")


async def test_a_client_that_goes_away_ends_the_query(own: Own) -> None:
    """Half way through the first chunk: the connection to PostgreSQL must not outlive the client."""
    first = asyncio.Event()
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        if not sent:
            return {"type": "http.request", "body": b"", "more_body": False}
        await first.wait()
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        sent.append(message)
        if message["type"] == "http.response.body":
            first.set()
            await asyncio.sleep(0)

    scope = make_scope("/api/v1/films/export")
    scope["headers"].append((b"authorization", (await new_person(own.services)).headers["Authorization"].encode()))
    await own.app(scope, receive, send)  # type: ignore[arg-type] # a plain scope
    assert len(sent) < 2 + len(OUTSIDERS)
    async with own.services.database.transaction() as connection:
        statement = text(
            "SELECT count(*) FROM pg_stat_activity"
            " WHERE application_name = 'kinoteka export' AND datname = current_database()"
        )
        for _ in range(200):
            if not await connection.scalar(statement):
                return
            await asyncio.sleep(0.02)
            await connection.execute(text("SELECT pg_stat_clear_snapshot()"))
    raise AssertionError("the export's connection is still there")
