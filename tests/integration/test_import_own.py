"""Kinoteka's CSV and JSON Lines: what rows become, how they find what is there, and what is wrong with them."""

from pathlib import Path
from uuid import UUID, uuid4

import pytest
from catalogue_reading import dump, execute, fetch, read_films
from msgspec.json import decode, encode

from kinoteka.database import Database
from kinoteka.errors import UsageError
from kinoteka.importers.options import ImportOptions
from kinoteka.importers.report import Report
from kinoteka.importers.rows import FilmRow, PersonRef
from kinoteka.importers.service import import_csv, import_films, import_jsonl

FILM = {
    "id": "0b0e6f0c-7d5f-4f0a-8e51-5d3b3a1f0a01",
    "title": "Solaris",
    "original_title": "Солярис",
    "year": 1972,
    "minutes": 167,
    "genres": ["Drama", {"id": "0b0e6f0c-7d5f-4f0a-8e51-5d3b3a1f0a02", "name": "Science fiction"}],
    "directors": [{"id": "0b0e6f0c-7d5f-4f0a-8e51-5d3b3a1f0a03", "name": "Andrei Tarkovsky"}],
    "writers": ["Stanisław Lem"],
    "actors": [{"name": "Donatas Banionis", "character": "Kris Kelvin"}, {"name": "Natalya Bondarchuk"}],
    "description": "A station.\nAn ocean.",
    "rating": 8.0,
    "votes": 1200,
    "external_ids": {"imdb": "tt0069293", "tmdb": "593"},
    "alternative_titles": [{"title": "Соляріс", "language": "uk"}, "Solyaris"],
    "created_at": "2020-01-02T03:04:05.000006Z",
}


def write_jsonl(folder: Path, *films: object) -> Path:
    path = folder / "films.jsonl"
    path.write_bytes(b"\n".join(encode(film) for film in films))
    return path


def write_csv(folder: Path, *lines: str, end: str = "\r\n") -> Path:
    path = folder / "films.csv"
    path.write_text(end.join([*lines, ""]), newline="")
    return path


def reasons(report: Report) -> dict[str, int]:
    return {reason: tally.count for reason, tally in {**report.refused, **report.mended}.items()}


async def test_json_lines_bring_everything(database: Database, tmp_path: Path) -> None:
    report = await import_jsonl(database, write_jsonl(tmp_path, FILM))
    assert (report.new, report.persons_new, report.genres_new, reasons(report)) == (1, 4, 2, {})
    film = (await read_films(database))["Solaris"]
    for key in (
        "id",
        "original_title",
        "year",
        "minutes",
        "description",
        "rating",
        "votes",
        "external_ids",
        "created_at",
    ):
        assert film[key] == FILM[key], key
    assert film["genres"][1] == FILM["genres"][1]  # type: ignore[index]  # a list
    assert film["directors"] == FILM["directors"]
    assert [(person["name"], person["character"]) for person in film["actors"]] == [
        ("Donatas Banionis", "Kris Kelvin"),
        ("Natalya Bondarchuk", None),
    ]
    assert film["alternative_titles"][1] == {"title": "Solyaris", "language": None}


async def test_again_changes_nothing_and_newer_changes_what_differs(database: Database, tmp_path: Path) -> None:
    other = {"title": "Stalker", "year": 1979, "directors": [FILM["directors"][0]]}  # type: ignore[index]  # a list
    await import_jsonl(database, write_jsonl(tmp_path, FILM, other))
    before = await dump(database)
    assert (await import_jsonl(database, write_jsonl(tmp_path, FILM, other))).unchanged == 2
    assert await dump(database) == before
    newer = {**FILM, "minutes": 166, "actors": [{"name": "Natalya Bondarchuk", "character": "Hari"}], "genres": []}
    del newer["description"]
    report = await import_jsonl(database, write_jsonl(tmp_path, newer, other))
    assert (report.changed, report.unchanged, report.persons_new) == (1, 1, 0)
    films = await read_films(database)
    film = films["Solaris"]
    assert (film["minutes"], film["genres"], film["description"]) == (166, [], FILM["description"])
    assert [(person["name"], person["character"]) for person in film["actors"]] == [("Natalya Bondarchuk", "Hari")]
    assert film["updated_at"] > film["created_at"] == FILM["created_at"]
    assert dict(await fetch(database, "SELECT title, version FROM film")) == {"Solaris": 2, "Stalker": 1}


async def test_rows_find_films_by_id_external_id_or_title_and_year(database: Database, tmp_path: Path) -> None:
    await import_jsonl(database, write_jsonl(tmp_path, FILM))
    rows = [
        {"title": "SOLARIS ", "year": 1972, "minutes": 1},
        {"title": "Solaris", "year": 2002},
        {"title": "A remake", "year": 2002, "external_ids": {"tmdb": "593"}},
        {"title": "Other", "year": 2002, "id": str(uuid4()), "external_ids": {"imdb": "tt0069293"}},
    ]
    report = await import_jsonl(database, write_jsonl(tmp_path, *rows))
    assert (report.new, report.changed, reasons(report)) == (1, 1, {"duplicate": 1, "external_id_taken": 1})
    assert report.refused["external_id_taken"].examples[0].line == 4


async def test_a_title_that_several_films_have_needs_an_id(database: Database, tmp_path: Path) -> None:
    twins = [{"id": str(uuid4()), "title": "Twins", "year": 1988} for _ in range(2)]
    assert (await import_jsonl(database, write_jsonl(tmp_path, *twins))).new == 2
    before = await dump(database)
    report = await import_jsonl(database, write_jsonl(tmp_path, {"title": "twins", "year": 1988, "minutes": 107}))
    assert reasons(report) == {"ambiguous_title": 1}
    assert await dump(database) == before


async def test_standard_input(database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with write_csv(tmp_path, "title,year", "One,2000").open() as file:
        monkeypatch.setattr("sys.stdin", file)
        assert (await import_csv(database, Path("-"))).new == 1


async def test_namesakes_are_told_apart_by_id_or_refused(database: Database, tmp_path: Path) -> None:
    first, second = str(uuid4()), str(uuid4())
    people = [{"id": first, "name": "Steve McQueen"}, {"id": second, "name": "Steve McQueen"}]
    await import_jsonl(database, write_jsonl(tmp_path, {"title": "One", "year": 2000, "actors": people}))
    rows = [
        {"title": "Two", "year": 2001, "actors": [second]},
        {"title": "Three", "year": 2002, "directors": ["Steve McQueen"]},
        {"title": "Four", "year": 2003, "directors": [str(uuid4())], "genres": [{"id": str(uuid4())}]},
    ]
    report = await import_jsonl(database, write_jsonl(tmp_path, *rows))
    assert (report.new, report.persons_new) == (1, 0)
    assert {line for tally in report.refused.values() for line in [tally.examples[0].line]} == {2, 3}
    assert reasons(report)["ambiguous_person"] == 1
    assert (await read_films(database))["Two"]["actors"][0]["id"] == second
    renamed = {"title": "Five", "year": 2004, "actors": [{"id": first, "name": "Steven McQueen"}]}
    report = await import_jsonl(database, write_jsonl(tmp_path, renamed))
    assert (report.new, reasons(report)) == (1, {"name_kept": 1})
    assert (await read_films(database))["Five"]["actors"][0]["name"] == "Steve McQueen"


async def test_every_fault_of_a_row_is_reported_with_its_line(database: Database, tmp_path: Path) -> None:
    path = tmp_path / "films.jsonl"
    path.write_bytes(
        b'{"year": 1, "minutes": -1}\n\n{"title": "Good", "year": 2000, "colour": 1}\n[]\n{"title"\n\xff\n'
    )
    report = await import_jsonl(database, path, ImportOptions(report=tmp_path / "report"))
    assert (report.new, report.refused_rows) == (1, 4)
    found = [decode(line) for line in (tmp_path / "report").read_bytes().splitlines()]
    assert sorted((finding["line"], finding["reason"]) for finding in found) == [
        (1, "minutes_range"),
        (1, "title_missing"),
        (1, "year_range"),
        (3, "unknown_key"),
        (4, "json"),
        (5, "json"),
        (6, "encoding"),
    ]


async def test_csv_by_hand(database: Database, tmp_path: Path) -> None:
    path = write_csv(
        tmp_path,
        "year,title,directors,genres,alternative_titles,actors,characters,shelf",
        r'1972,"Solaris, again",Andrei Tarkovsky|A\|B,Drama|Sci-Fi,uk:Соляріс|Alien: no language,Kris|Hari,|Ghost,4',
        "1979,'=Stalker,Andrei Tarkovsky,,,,,",
        "1983,Nostalghia,x,y",
        "abc,,x,y,,A|B,1|2|3,",
        "1986,Off\x07,x,y,,,,",
        end="\n",
    )
    report = await import_csv(database, path)
    assert (report.new, report.refused_rows, report.persons_new) == (2, 3, 4)
    assert reasons(report) == {
        "unknown_column": 1,
        "ragged": 1,
        "lengths": 1,
        "year_type": 1,
        "title_missing": 1,
        "title_control": 1,
    }
    films = await read_films(database)
    assert set(films) == {"Solaris, again", "=Stalker"}
    film = films["Solaris, again"]
    assert [person["name"] for person in film["directors"]] == ["Andrei Tarkovsky", "A|B"]
    assert [(person["name"], person["character"]) for person in film["actors"]] == [("Kris", None), ("Hari", "Ghost")]
    assert film["alternative_titles"] == [
        {"title": "Соляріс", "language": "uk"},
        {"title": "Alien: no language", "language": None},
    ]


async def test_a_damaged_csv_row_is_reported_and_the_rest_goes_on(database: Database, tmp_path: Path) -> None:
    path = write_csv(
        tmp_path, "title,year,description", '"One"x,2000,', 'Two,2001,"a\r\nb"', "Three,2002,", 'Four,2003,"open'
    )
    report = await import_csv(database, path)
    assert set(await read_films(database)) == {"Two", "Three"}
    assert sorted(finding.line for finding in report.refused["csv"].examples) == [2, 6]


@pytest.mark.parametrize(
    ("header", "words"),
    [
        ("name,year", "no column title"),
        ("title;year", "no column title and no column year"),
        ("title,year,title", "twice"),
    ],
)
async def test_a_header_that_is_not_ours(database: Database, tmp_path: Path, header: str, words: str) -> None:
    with pytest.raises(UsageError, match=words):
        await import_csv(database, write_csv(tmp_path, header, "a,2000"))


async def test_columns_that_are_missing_leave_what_is_there(database: Database, tmp_path: Path) -> None:
    await import_jsonl(database, write_jsonl(tmp_path, FILM))
    before = await dump(database)
    assert (await import_csv(database, write_csv(tmp_path, "title,year", "Solaris,1972"))).unchanged == 1
    assert await dump(database) == before
    report = await import_csv(database, write_csv(tmp_path, "title,year,minutes,imdb", "Solaris,1972,,"))
    assert report.changed == 1
    film = (await read_films(database))["Solaris"]
    assert (film["minutes"], film["external_ids"]) == (None, {"imdb": None, "tmdb": "593"})


async def test_a_dry_run_keeps_nothing_and_says_what_would_be(database: Database, tmp_path: Path) -> None:
    await import_jsonl(database, write_jsonl(tmp_path, {"title": "Stalker", "year": 1979}))
    before = await dump(database)
    path = write_jsonl(tmp_path, FILM, {"title": "Stalker", "year": 1979, "minutes": 162}, {})
    report = await import_jsonl(database, path, ImportOptions(dry_run=True))
    assert (report.new, report.changed, report.refused_rows, report.persons_new) == (1, 1, 1, 4)
    assert await dump(database) == before


async def test_hidden_credits_survive(database: Database, tmp_path: Path) -> None:
    await import_jsonl(database, write_jsonl(tmp_path, FILM))
    await execute(database, "UPDATE person SET deleted_at = now() WHERE name = 'Donatas Banionis'")
    film = (await read_films(database))["Solaris"]
    assert (await import_jsonl(database, write_jsonl(tmp_path, film))).unchanged == 1
    film["actors"] = [{"name": "Jüri Järvet"}, *film["actors"]]
    assert (await import_jsonl(database, write_jsonl(tmp_path, film))).changed == 1
    await execute(database, "UPDATE person SET deleted_at = NULL")
    names = {person["name"] for person in (await read_films(database))["Solaris"]["actors"]}
    assert names == {"Donatas Banionis", "Jüri Järvet", "Natalya Bondarchuk"}


async def test_films_from_python(database: Database) -> None:
    person = PersonRef(UUID(int=7), "Dziga Vertov")
    rows = [
        FilmRow(title="Man with a Movie Camera", year=1929, directors=[person]),
        FilmRow(title="Enthusiasm", year=1931, directors=[PersonRef(UUID(int=7))]),
        FilmRow(title="", year=1931),
    ]
    report = await import_films(database, rows)
    assert (report.new, report.persons_new, reasons(report)) == (2, 1, {"title_blank": 1})
    assert report.refused["title_blank"].examples[0].line == 3


async def test_a_large_import_bypasses_the_outbox(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    await import_films(database, [FilmRow(title="First", year=1900)])
    await execute(database, "DELETE FROM search_rebuild_request")
    report = await import_films(database, [FilmRow(title="Second", year=1901)])
    assert not report.bulk
    assert len(await fetch(database, "SELECT 1 FROM search_outbox WHERE kind = 'f'")) == 1
    assert await fetch(database, "SELECT 1 FROM search_rebuild_request") == []
    report = await import_films(database, (FilmRow(title=f"Film {number}", year=1990) for number in range(2000)))
    assert report.bulk
    assert len(await fetch(database, "SELECT 1 FROM search_outbox WHERE kind = 'f'")) == 1
    assert len(await fetch(database, "SELECT 1 FROM search_rebuild_request")) == 1
