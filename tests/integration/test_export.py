"""Exports: everything comes back, cell by cell, from one snapshot, and a reader that leaves ends the query."""

import asyncio
import csv
import random
from decimal import Decimal
from io import StringIO
from pathlib import Path
from uuid import UUID

import pytest
from catalogue_reading import execute, export_csv, export_jsonl, fetch

from kinoteka.catalogue import exports
from kinoteka.catalogue.csv_format import COLUMNS, FORMULA_STARTS, join_list, join_title, quote, shield
from kinoteka.catalogue.documents import build_records
from kinoteka.database import Database, open_database
from kinoteka.importers.rows import FilmRow, GenreRef, PersonRef, TitleRef
from kinoteka.importers.service import import_csv, import_films, import_jsonl
from kinoteka.migrations import upgrade

LINE = "'\"=+-@,;|\\:＝＠абйé漢😀 ​x7"
PROSE = LINE + "\n\r\t"


def make_films(count: int, seed: int = 5) -> list[FilmRow]:
    """Films made of everything that a CSV, a spreadsheet or COPY could take wrongly; people and genres are shared."""
    chance = random.Random(seed)

    def words(alphabet: str, longest: int = 12) -> str:
        return "".join(chance.choices(alphabet, k=chance.randint(0, longest))) + chance.choice("xя漢")

    names = [words(LINE) for _ in range(40)]
    persons = [PersonRef(UUID(int=1000 + place), name) for place, name in enumerate(names)]
    genres = [GenreRef(None, f"{words(LINE)} {place}") for place in range(12)]

    def people(most: int) -> list[PersonRef]:
        return chance.sample(persons, chance.randint(0, most))

    def film(place: int) -> FilmRow:
        votes = chance.choice([0, 1, 5000])
        return FilmRow(
            id=UUID(int=chance.getrandbits(128)),
            title=words(LINE),
            original_title=chance.choice([None, words(LINE)]),
            description=chance.choice([None, words(PROSE, 200)]),
            year=chance.randint(1900, 2030),
            minutes=chance.choice([None, 90]),
            rating=Decimal(chance.randint(100, 1000)) / 100 if votes else None,
            votes=votes,
            genres=chance.sample(genres, 2),
            directors=people(2),
            writers=people(2),
            actors=[PersonRef(p.id, p.name, chance.choice([None, words(PROSE)])) for p in people(6)],
            alternative_titles=[TitleRef(words(LINE), language) for language in ("uk", None, "pt-BR")],
            imdb=chance.choice([None, f"-tt{place}"]),
            tmdb=chance.choice([None, f"{place}"]),
        )

    return [film(place) for place in range(count)]


def csv_line(film: FilmRow) -> str:
    """What the row should be, made in Python."""
    roles = [film.directors or [], film.writers or [], film.actors or []]
    cells = [
        *(str(film.id), film.title, film.original_title, str(film.year), str(film.minutes or "")),
        join_list([genre.name or "" for genre in film.genres or []]),
        *(join_list([person.name or "" for person in people]) for people in roles),
        *(format(film.rating.normalize(), "f") if isinstance(film.rating, Decimal) else "", str(film.votes)),
        *(film.description, film.imdb, film.tmdb),
        join_list([join_title(other.title, other.language) for other in film.alternative_titles or []]),
        *("|".join(str(person.id) for person in people) for people in roles),
        join_list([person.character or "" for person in film.actors or []]),
    ]
    return ",".join(quote(shield(str(cell or ""))) for cell in cells)


async def test_sql_writes_the_cells_that_python_would(database: Database) -> None:
    films = make_films(400)
    assert (await import_films(database, films)).new == 400
    expected = [",".join(COLUMNS), *(csv_line(film) for film in sorted(films, key=lambda film: film.id or UUID(int=0)))]
    assert (await export_csv(database)).decode() == "".join(line + "\r\n" for line in expected)


@pytest.mark.parametrize("batch", [1, 7, 1000])
async def test_export_import_export_is_equal_to_the_byte(
    database: Database, empty_database_url: str, tmp_path: Path, batch: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    await import_films(database, make_films(60))
    await execute(database, "UPDATE film SET deleted_at = now() WHERE year < 1920")
    await execute(database, "UPDATE person SET deleted_at = now() WHERE id = (SELECT min(id::text)::uuid FROM person)")
    await execute(database, "UPDATE genre SET deleted_at = now() WHERE id = (SELECT min(id::text)::uuid FROM genre)")
    await execute(database, "DELETE FROM film WHERE deleted_at IS NOT NULL")
    await execute(database, "UPDATE rating_weight SET (m, c) = (1, 5)")
    other = open_database(empty_database_url, 2)
    await upgrade(other)
    monkeypatch.setattr(exports, "BATCH", batch)
    lines, rows = await export_jsonl(database), await export_csv(database)
    (tmp_path / "films.jsonl").write_bytes(lines)
    (tmp_path / "films.csv").write_bytes(rows)
    report = await import_jsonl(other, tmp_path / "films.jsonl")
    assert (report.refused_rows, report.mended) == (0, {})
    await execute(other, "UPDATE rating_weight SET (m, c) = (1, 5)")
    assert await export_jsonl(other) == lines
    assert await export_csv(other) == rows
    report = await import_csv(other, tmp_path / "films.csv")
    assert not report.touched
    assert not (await import_csv(database, tmp_path / "films.csv")).touched
    await execute(other, "TRUNCATE film, person, genre CASCADE")
    await execute(other, "TRUNCATE title_claim")
    await import_csv(other, tmp_path / "films.csv")
    assert await export_csv(other) == rows
    await other.close()


async def test_json_lines_are_what_a_read_by_id_answers(database: Database) -> None:
    await import_films(database, make_films(60))
    async with database.transaction() as connection:
        ids = [row.id for row in (await fetch(database, "SELECT id FROM film"))]
        records = await build_records(connection, "film", ids)
    expected = b"".join(record.body + b"\n" for record in sorted(records, key=lambda record: record.id))
    assert await export_jsonl(database) == expected


async def test_no_cell_begins_as_a_formula(database: Database) -> None:
    await import_films(database, make_films(100))
    rows = csv.reader(StringIO((await export_csv(database)).decode(), newline=""), strict=True)
    assert not [cell for row in rows for cell in row if cell[:1] and cell[0] in FORMULA_STARTS]


async def test_deleted_films_are_left_out_and_an_empty_catalogue_has_a_header(database: Database) -> None:
    assert await export_csv(database) == (",".join(COLUMNS) + "\r\n").encode()
    assert await export_jsonl(database) == b""
    await import_films(database, [FilmRow(title="One", year=2000), FilmRow(title="Two", year=2001)])
    await execute(database, "UPDATE film SET deleted_at = now() WHERE title = 'One'")
    assert (await export_csv(database)).count(b"\r\n") == 2
    assert (await export_jsonl(database)).count(b"\n") == 1


async def test_what_changes_meanwhile_is_not_seen(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exports, "BATCH", 5)
    await import_films(database, make_films(40))
    before = await export_csv(database)
    stream = exports.stream_csv(database)
    chunks = [await anext(stream), await anext(stream)]
    await execute(database, "UPDATE film SET title = 'Changed'")
    await execute(database, "DELETE FROM film WHERE year > 1950")
    assert b"".join([*chunks, *[chunk async for chunk in stream]]) == before


async def test_a_reader_that_leaves_ends_the_query(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exports, "BATCH", 5)
    await import_films(database, make_films(40))
    stream = exports.stream_csv(database)
    await anext(stream)
    await anext(stream)
    await stream.aclose()
    query = """SELECT 1 FROM pg_stat_activity
               WHERE application_name = 'kinoteka export' AND datname = current_database()"""
    async with asyncio.timeout(10):
        while await fetch(database, query):
            await fetch(database, "SELECT pg_sleep(0.02)")
