"""What editors did holds when an import comes, and they keep out of each other's way."""

import csv
import io
from pathlib import Path
from typing import Any

import asyncpg
from editing_steps import ANY, TARKOVSKY, Desk, film_path, new_film
from people import execute, scalar
from small_catalogue import STALKER
from tests.integration.imdb_files import SMALL, write_folder

from kinoteka.catalogue.csv_format import COLUMNS
from kinoteka.catalogue.editing.editor import IMPORT_LOCK
from kinoteka.importers.options import ImdbOptions
from kinoteka.importers.service import import_csv, import_imdb


async def import_rows(desk: Desk, folder: Path, *rows: dict[str, Any]) -> Any:
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS)
    writer.writeheader()
    writer.writerows(rows)
    path = folder / "films.csv"
    path.write_text(text.getvalue())
    return await import_csv(desk.own.services.database, path)


async def test_an_older_export_finds_merged_persons(desk: Desk, tmp_path: Path) -> None:
    double = (await desk.post("/persons", {"name": "A. Tarkovsky"})).json()["id"]
    mirror = await desk.make(directors=[double])
    row = {"id": mirror["id"], "title": "Mirror", "year": 1975, "directors": "A. Tarkovsky", "director_ids": double}
    await desk.send("POST", f"/persons/{double}/merge", 200, json={"into": TARKOVSKY}, headers=ANY)
    for changed in (1, 0):
        report = await import_rows(desk, tmp_path, row)
        assert (report.refused_rows, report.changed, report.persons_new) == (0, changed, 0)
    await execute(desk.own.services, "DELETE FROM person WHERE id = :id", id=double)  # the purge
    report = await import_rows(desk, tmp_path, {**row, "minutes": 108})
    assert (report.changed, report.persons_new) == (1, 0)
    directors = "SELECT person_id FROM credit WHERE role = 'director' AND film_id = :id"
    assert str(await scalar(desk.own.services, directors, id=mirror["id"])) == TARKOVSKY


async def test_a_second_imdb_id_finds_the_person_and_describes_it_no_more(desk: Desk, tmp_path: Path) -> None:
    double, services = (await desk.post("/persons", {"name": "F. Lang"})).json()["id"], desk.own.services
    for person, value in ((TARKOVSKY, "nm0000002"), (double, "nm0000001")):
        statement = "INSERT INTO person_external_id (source, value, person_id) VALUES ('imdb', :value, :person)"
        await execute(services, statement, value=value, person=person)
    await desk.send("POST", f"/persons/{double}/merge", 200, json={"into": TARKOVSKY}, headers=ANY)
    for changed in (1, 0):
        report = await import_imdb(services.database, write_folder(tmp_path, SMALL), ImdbOptions())
        assert report.persons_changed == changed  # whom nm0000002 describes
    assert await scalar(services, "SELECT name FROM person WHERE id = :id", id=TARKOVSKY) == "Thea von Harbou"
    directed = "SELECT count(*) FROM credit WHERE role = 'director' AND person_id = :id"
    assert await scalar(services, directed, id=TARKOVSKY) == 4


async def test_a_deleted_film_is_not_brought_back_by_an_import(desk: Desk, tmp_path: Path) -> None:
    await desk.delete(film_path(STALKER.id))
    report = await import_rows(desk, tmp_path, {"id": str(STALKER.id), "title": "Stalker", "year": 1979})
    assert report.refused_rows == 1
    await desk.get(film_path(STALKER.id), 404)


async def test_while_an_import_is_merged_editors_are_told_to_wait(desk: Desk) -> None:
    connection = await asyncpg.connect(desk.own.services.database.dsn)
    async with connection.transaction():
        await connection.execute("SELECT pg_advisory_xact_lock($1)", IMPORT_LOCK)
        refused = await desk.post("/films", new_film(), 503)
        assert refused.headers["retry-after"] == "5"
        assert "import" in refused.json()["detail"]
    await connection.close()
    await desk.make()
