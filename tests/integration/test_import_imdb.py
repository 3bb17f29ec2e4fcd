"""IMDb's public files: what is taken, what each quirk of theirs becomes, and what a second run does."""

import gzip
from copy import deepcopy
from pathlib import Path

import pytest
from catalogue_reading import dump, execute, fetch, read_films
from imdb_files import SMALL, basics, write_folder, write_table
from msgspec.json import decode

from kinoteka.database import Database
from kinoteka.errors import UsageError
from kinoteka.importers.options import ImdbOptions
from kinoteka.importers.report import Report
from kinoteka.importers.service import import_imdb


async def run(database: Database, folder: Path, **options: object) -> Report:
    return await import_imdb(database, folder, ImdbOptions(**options))  # type: ignore[arg-type]  # a test's shorthand


def reasons(report: Report) -> dict[str, int]:
    return {reason: tally.count for reason, tally in {**report.refused, **report.mended}.items()}


@pytest.mark.parametrize("packed", [False, True])
async def test_films_come_with_people_ratings_and_titles(database: Database, tmp_path: Path, packed: bool) -> None:
    report = await run(database, write_folder(tmp_path, SMALL, packed=packed))
    assert (report.new, report.refused_rows, report.persons_new, report.genres_new) == (3, 0, 6, 3)
    film = (await read_films(database))["Metropolis"]
    assert (film["year"], film["minutes"], film["rating"], film["votes"]) == (1927, 153, 8.3, 190_000)
    assert [genre["name"] for genre in film["genres"]] == ["Drama", "Sci-Fi"]
    assert [person["name"] for person in film["directors"]] == ["Fritz Lang"]
    assert [person["name"] for person in film["writers"]] == ["Thea von Harbou", "Fritz Lang"]
    assert [(person["name"], person["character"]) for person in film["actors"]] == [
        ("Brigitte Helm", "Maria / The Machine Man"),
        ("Gustav Fröhlich", None),
    ]
    assert film["external_ids"] == {"imdb": "tt0000001", "tmdb": None}
    assert film["alternative_titles"] == [
        {"title": "Метрополіс", "language": "uk"},
        {"title": "Métropolis", "language": "fr-CA"},
    ]
    persons = await fetch(database, "SELECT name, date_of_birth, date_of_death FROM person WHERE name = 'Paul Hogan'")
    assert [tuple(person) for person in persons] == [("Paul Hogan", "1939", None)]


async def test_quotes_are_letters_and_nothing_stays_nothing(database: Database, tmp_path: Path) -> None:
    await run(database, write_folder(tmp_path, SMALL))
    film = (await read_films(database))['"Crocodile" Dundee']
    assert (film["minutes"], film["genres"], film["rating"], film["votes"]) == (None, [], None, 0)
    assert [(person["name"], person["character"]) for person in film["actors"]] == [("Paul Hogan", "Self")]


async def test_a_second_run_changes_nothing(database: Database, tmp_path: Path) -> None:
    folder = write_folder(tmp_path, SMALL)
    await run(database, folder)
    before = await dump(database)
    report = await run(database, folder)
    assert (report.new, report.changed, report.unchanged, report.persons_changed) == (0, 0, 3, 0)
    assert not report.touched
    assert await dump(database) == before


async def test_a_newer_file_changes_exactly_what_differs(database: Database, tmp_path: Path) -> None:
    await run(database, write_folder(tmp_path, SMALL))
    newer = deepcopy(SMALL)
    newer["title.ratings"][0] = "tt0000001|8.4|190100"
    newer["title.principals"][3] = r'tt0000002|1|nm0000004|actor|\N|["Hans Beckert"]'
    newer["name.basics"][4] = r"nm0000005|Peter Lorre|1904|1965|actor|\N"
    newer["name.basics"][3] = r"nm0000004|Gustav Froehlich|1902|1987|actor|\N"
    newer["title.basics"].append(r"tt0000005|movie|Fury|Fury|0|1936|\N|92|Crime")
    report = await run(database, write_folder(tmp_path, newer))
    assert (report.new, report.changed, report.unchanged, report.persons_changed) == (1, 2, 1, 1)
    versions = dict(await fetch(database, "SELECT title, version FROM film"))
    assert versions == {"Metropolis": 2, "M": 2, '"Crocodile" Dundee': 1, "Fury": 1}
    films = await read_films(database)
    assert films["Metropolis"]["rating"] == 8.4
    assert [person["name"] for person in films["M"]["actors"]] == ["Gustav Froehlich"]
    assert not report.bulk
    outbox = await fetch(database, "SELECT DISTINCT f.title FROM search_outbox JOIN film AS f ON f.id = doc_id")
    assert {title for (title,) in outbox} == {"Metropolis", "M", "Fury"}


async def test_silence_erases_nothing_that_was_written_by_hand(database: Database, tmp_path: Path) -> None:
    folder = write_folder(tmp_path, SMALL)
    await run(database, folder)
    await execute(database, "UPDATE film SET minutes = 97, description = 'A hunter.' WHERE title LIKE '%Dundee'")
    await execute(database, "UPDATE person SET date_of_birth = '1939-10-08' WHERE name = 'Paul Hogan'")
    report = await run(database, folder)
    assert (report.changed, report.persons_changed) == (0, 0)
    assert (await read_films(database))['"Crocodile" Dundee']["minutes"] == 97


async def test_selection(database: Database, tmp_path: Path) -> None:
    rows = [
        r"tt1|movie|Old|Old|0|1910|\N|\N|\N",
        r"tt2|movie|New|New|0|2010|\N|\N|\N",
        r"tt3|tvMovie|Television|Television|0|2010|\N|\N|\N",
        r"tt4|movie|Adult|Adult|1|2010|\N|\N|\N",
        r"tt5|movie|Obscure|Obscure|0|2010|\N|\N|\N",
    ]
    votes = ["tt1|5.0|900", "tt2|5.0|100", "tt3|5.0|100", "tt4|5.0|100", "tt5|5.0|99"]
    folder = write_folder(tmp_path, {"title.basics": rows, "title.ratings": votes})
    report = await run(database, folder, minimum_votes=100, year_from=2000, year_to=2010, dry_run=True)
    assert (report.new, report.refused_rows) == (1, 0)
    await run(database, folder, minimum_votes=100, types=frozenset({"movie", "tvMovie"}), adult=True)
    assert set(await read_films(database)) == {"Old", "New", "Television", "Adult"}


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (r"tt9|movie|No year|No year|0|\N|\N|90|Drama", "year_missing"),
        (r"tt9|movie|Too early|Too early|0|1066|\N|90|Drama", "year_range"),
        (r"tt9|movie|\N|\N|0|1990|\N|90|Drama", "title_missing"),
        (r"tt9|movie|  |  |0|1990|\N|90|Drama", "title_blank"),
        ("tt9|movie|" + "x" * 501 + r"|x|0|1990|\N|90|Drama", "title_long"),
        (r"tt9|movie|Bell" + "\a" + r"|x|0|1990|\N|90|Drama", "title_control"),
        (r"tt9|movie|Few", "ragged"),
        (r"tt9|movie|Many|Many|0|1990|\N|90|Drama|more", "ragged"),
        (r"9|movie|Bad id|Bad id|0|1990|\N|90|Drama", "bad_id"),
        (r"tt2|movie|Again|Again|0|1990|\N|90|Drama", "duplicate"),
        (r"tt9|movie|Nul" + "\0" + r"|Nul|0|1990|\N|90|Drama", "nul"),
    ],
)
async def test_a_row_that_cannot_be_taken_is_named(database: Database, tmp_path: Path, row: str, reason: str) -> None:
    good = [r"tt1|movie|One|One|0|1990|\N|90|Drama", r"tt2|movie|Two|Two|0|1990|\N|90|Drama"]
    path = tmp_path / "report.jsonl"
    report = await run(database, write_folder(tmp_path, basics(*good, row)), report=path)
    assert (report.new, report.refused_rows, reasons(report)) == (2, 1, {reason: 1})
    finding = decode(path.read_bytes())
    assert (finding["file"], finding["line"], finding["reason"]) == ("title.basics.tsv", 4, reason)
    assert report.refused[reason].examples[0].detail == finding["detail"]


@pytest.mark.parametrize("runtime", ["0", "-5", "51420", "ninety", "9" * 30])
async def test_an_absurd_runtime_is_taken_as_unknown(database: Database, tmp_path: Path, runtime: str) -> None:
    report = await run(database, write_folder(tmp_path, basics(rf"tt1|movie|One|One|0|1990|\N|{runtime}|Drama")))
    assert (report.new, reasons(report)) == (1, {"runtime": 1})
    assert (await read_films(database))["One"]["minutes"] is None


async def test_windows_line_ends_byte_order_mark_and_bad_bytes(database: Database, tmp_path: Path) -> None:
    write_table(
        tmp_path, "title.basics", [r"tt1|movie|Один|Один|0|1990|\N|90|Drama", r"tt2|movie|?|?|0|1990|\N|9|Drama"]
    )
    path = tmp_path / "title.basics.tsv"
    data = path.read_bytes().replace(b"\n", b"\r\n").replace(b"?", b"\xff")
    path.write_bytes(b"\xef\xbb\xbf" + data)
    report = await run(database, tmp_path)
    assert (report.new, reasons(report)) == (1, {"encoding": 1})
    assert report.refused["encoding"].examples[0].line == 3
    assert [genre["name"] for genre in (await read_films(database))["Один"]["genres"]] == ["Drama"]


async def test_references_that_dangle_are_reported(database: Database, tmp_path: Path) -> None:
    tables = deepcopy(SMALL)
    tables["title.principals"] += [
        r"tt0000001|9|nm0000099|actor|\N|\N",
        r"tt0000099|1|nm0000001|director|\N|\N",
        r"tt0000001|10|nm0000004|actor|\N|" + "not JSON",
        r"tt0000002|x|nm0000005|actor|\N|\N",
        r"tt0000002|9|Peter|actor|\N|\N",
    ]
    tables["title.ratings"] += ["tt0000098|5.0|10", "tt0000003|11|10"]
    report = await run(database, write_folder(tmp_path, tables))
    assert report.new == 3
    assert reasons(report) == {
        "dangling_person": 1,
        "dangling_title": 2,
        "characters": 1,
        "duplicate_credit": 1,
        "ordering": 1,
        "bad_id": 1,
        "rating": 1,
    }
    example = report.mended["dangling_person"].examples[0]
    assert (example.file, example.line) == ("title.principals.tsv", 8)


async def test_titles_are_shared_by_many_films(database: Database, tmp_path: Path) -> None:
    rows = [rf"tt{number}|movie|Hamlet|Hamlet|0|{1900 + number}|\N|90|Drama" for number in range(1, 8)]
    report = await run(database, write_folder(tmp_path, basics(*rows, rows[0].replace("tt1", "tt8"))))
    assert report.new == 8
    assert [tuple(row) for row in await fetch(database, "SELECT * FROM title_claim")] == [("hamlet", 8)]


async def test_columns_are_found_by_name(database: Database, tmp_path: Path) -> None:
    lines = [
        [
            "genres",
            "startYear",
            "titleType",
            "tconst",
            "extra",
            "isAdult",
            "primaryTitle",
            "originalTitle",
            "runtimeMinutes",
        ]
    ]
    lines.append(["Drama", "1990", "movie", "tt1", "?", "0", "One", "Un", "90"])
    (tmp_path / "title.basics.tsv").write_text("\n".join("\t".join(line) for line in lines))
    await run(database, tmp_path)
    assert (await read_films(database))["One"]["original_title"] == "Un"


async def test_a_column_or_file_that_is_missing_is_one_clear_error(database: Database, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"no title\.basics\.tsv"):
        await run(database, tmp_path)
    (tmp_path / "title.basics.tsv").write_text("tconst\ttitleType\n")
    with pytest.raises(UsageError, match="no column primaryTitle, originalTitle"):
        await run(database, tmp_path)
    write_folder(tmp_path, basics())
    with pytest.raises(UsageError, match=r"needs title\.ratings"):
        await run(database, tmp_path, minimum_votes=5)


async def test_a_file_that_is_cut_off_changes_nothing(database: Database, tmp_path: Path) -> None:
    folder = write_folder(tmp_path, SMALL)
    whole = gzip.compress(b"nconst\tprimaryName\tbirthYear\tdeathYear\n" + bytes(range(32, 120)) * 99)
    (folder / "name.basics.tsv").unlink()
    (folder / "name.basics.tsv.gz").write_bytes(whole[: len(whole) // 2])
    before = await dump(database)
    with pytest.raises(UsageError, match=r"name\.basics\.tsv\.gz is damaged or cut off"):
        await run(database, folder)
    assert await dump(database) == before


async def test_a_film_made_by_hand_is_found_by_its_imdb_id(database: Database, tmp_path: Path) -> None:
    await execute(
        database, "INSERT INTO film (title, title_key, year) VALUES ('Metropolis (mine)', 'metropolis (mine)', 1926)"
    )
    await execute(database, "INSERT INTO film_external_id SELECT 'imdb', 'tt0000001', id FROM film")
    report = await run(database, write_folder(tmp_path, SMALL))
    assert (report.new, report.changed) == (2, 1)
    assert (await read_films(database))["Metropolis"]["year"] == 1927


async def test_what_was_deleted_here_stays_deleted(database: Database, tmp_path: Path) -> None:
    folder = write_folder(tmp_path, SMALL)
    await run(database, folder)
    await execute(database, "UPDATE film SET deleted_at = now() WHERE title = 'M'")
    await execute(database, "UPDATE person SET deleted_at = now() WHERE name = 'Thea von Harbou'")
    before = await dump(database)
    report = await run(database, folder)
    assert (report.unchanged, reasons(report)) == (2, {"deleted": 1, "deleted_person": 1})
    assert await dump(database) == before


async def test_descriptions_are_joined(database: Database, tmp_path: Path) -> None:
    path = tmp_path / "descriptions.jsonl.gz"
    lines = [
        b'{"tconst": "tt0000001", "description": "A city of the future.", "source": "x"}',
        b'{"tconst": "tt0000001", "description": "Again."}',
        b'{"tconst": "tt0000077", "description": "Of no film."}',
        b'{"tconst": "tt0000002", "description": " "}',
        b'{"tconst": "tt0000003"}',
        b'{"tconst": "tt0000004", "description": "A short film, which is not taken."}',
    ]
    path.write_bytes(gzip.compress(b"\n".join(lines)))
    folder = write_folder(tmp_path, SMALL)
    report = await run(database, folder, descriptions=path)
    assert reasons(report) == {"duplicate": 1, "dangling_title": 1, "description_blank": 1, "json": 1}
    assert (await read_films(database))["Metropolis"]["description"] == "A city of the future."
    assert (await run(database, folder)).changed == 0  # the description stays without the file


async def test_without_names_there_are_no_people_and_those_there_stay(database: Database, tmp_path: Path) -> None:
    folder = write_folder(tmp_path, SMALL)
    await run(database, folder)
    (folder / "name.basics.tsv").unlink()
    assert (await run(database, folder)).changed == 0
