"""What the checks in Python let through, PostgreSQL takes; and what an import sets beside the films."""

import gc
import json
import random
import tracemalloc
from decimal import Decimal
from pathlib import Path
from uuid import UUID

import pytest
from catalogue_reading import execute, fetch

from kinoteka.catalogue.weights import refresh_weights
from kinoteka.database import Database
from kinoteka.errors import ConflictError
from kinoteka.importers.rows import FilmRow, GenreRef, PersonRef
from kinoteka.importers.service import import_films, import_jsonl
from kinoteka.importers.staging import copy_line, create_stage

STRANGE = "\t\n\r\x00\x01\x1f\x7f\x80\x85\xa0\xad͏ ᅟ ​‍ ‮⁠⠀　ㅤ﷐﷽ﷺ﻿￹\ud800İıſßΐ"


def strange_text(chance: random.Random) -> str:
    pick = chance.random()
    if pick < 0.5:
        return "".join(chance.choices(STRANGE, k=chance.randint(0, 4)))
    length = chance.choice([1, 3, 99, 101, 300, 301, 500, 501, 1000, 1001, 20_001])
    return chr(chance.choice([*range(32, 0x3000), *range(0xF900, 0x20000, 7)])) * length


def strange_film(chance: random.Random) -> dict[str, object]:
    """Sound but for one or two of its values, which are at the limits or beyond."""
    text = strange_text(chance)
    values: dict[str, object] = {
        "title": text,
        "original_title": text,
        "description": text,
        "year": chance.choice([1869, 1870, 2200, 2201, 10**30]),
        "minutes": chance.choice([0, 1, 100_000, 100_001, -(10**20)]),
        "prior": {"rating": chance.choice([0.994, 0.995, 9.999, 10, 1e300]), "votes": chance.choice([0, 1, 2**31 - 1])},
        "genres": ["Drama", text],
        "actors": [{"name": "Somebody", "character": text}, text],
        "alternative_titles": [{"title": text, "language": chance.choice(["uk", "zh-Hant", "x", "", "uk-" + "a" * 9])}],
        "external_ids": {"imdb": chance.choice(["-", "a" * 64, "a" * 65, text])},
        "created_at": chance.choice(["0001-01-01T00:00:00Z", "9999-12-31T23:59:59-14:00", "2020-01-01"]),
    }
    sound: dict[str, object] = {"id": str(UUID(int=chance.getrandbits(128))), "title": "Plain", "year": 2000}
    return sound | {key: values[key] for key in chance.sample(sorted(values), chance.randint(1, 2))}


async def test_whatever_passes_the_checks_can_be_stored(database: Database, tmp_path: Path) -> None:
    chance = random.Random(11)
    path = tmp_path / "films.jsonl"
    films = [strange_film(chance) for _ in range(2500)]
    path.write_text("".join(json.dumps(film) + "\n" for film in films))  # msgspec writes no lone surrogates
    report = await import_jsonl(database, path)
    assert report.new > 500
    assert report.refused_rows > 500
    again = await import_jsonl(database, path)
    assert (again.touched, again.unchanged) == (False, report.new)


async def test_weights_are_those_of_the_rated_films(database: Database) -> None:
    votes = [10, 20, 30, 40, 1000]
    rated = [FilmRow(title=f"{count}", year=2000, rating=Decimal(count % 7 + 2), votes=count) for count in votes]
    await import_films(database, [*rated, FilmRow(title="Unrated", year=2000)])
    (weights,) = await fetch(database, "SELECT m, c FROM rating_weight")
    assert tuple(weights) == (40, sum(Decimal(count % 7 + 2) for count in votes) / 5)
    async with database.transaction() as connection:
        assert not await refresh_weights(connection)
    await execute(database, "UPDATE film SET deleted_at = now() WHERE title = '1000'")
    async with database.transaction() as connection:
        assert await refresh_weights(connection)
    await execute(database, "UPDATE film SET prior_rating = NULL, prior_votes = 0")
    async with database.transaction() as connection:
        assert not await refresh_weights(connection)


async def test_a_refusal_of_the_database_is_one_clear_error(database: Database) -> None:
    await execute(database, "ALTER TABLE film ADD CHECK (year < 1990)")
    with pytest.raises(ConflictError, match="PostgreSQL refused the import, and nothing was changed"):
        await import_films(database, [FilmRow(title="One", year=2000)])
    assert await fetch(database, "SELECT id FROM film") == []


async def test_the_planner_knows_what_was_imported(database: Database) -> None:
    """From the commit on, without waiting for autovacuum: the index is built at once."""
    actors = [PersonRef(name=f"Person {number}") for number in range(3)]
    rows = [
        FilmRow(title=f"Film {number}", year=2000, genres=[GenreRef(name="Drama")], actors=actors)
        for number in range(40)
    ]
    await import_films(database, rows)
    sizes = await fetch(
        database,
        "SELECT relname, reltuples::int FROM pg_class WHERE relname IN ('film', 'credit', 'film_genre', 'person')",
    )
    assert dict(sizes) == {"film": 40, "credit": 120, "film_genre": 40, "person": 3}


async def test_rows_that_were_sent_leave_the_memory_at_once(database: Database) -> None:
    """Without waiting for the garbage collector, which looks seldom in the program."""
    connection = await database.connect()
    async with connection.transaction():
        stage = await create_stage(connection)
        gc.disable()
        tracemalloc.start()
        try:
            for _ in range(8):
                stage.rows["stage_description"] += [copy_line("tt0000001", "x" * 2**20)]
                await stage.flush()
            assert tracemalloc.get_traced_memory()[0] < 3 * 2**20
        finally:
            tracemalloc.stop()
            gc.enable()
    await connection.close()
