"""Files that people send: whatever is in them, every row is accounted for, and no file costs more than it may."""

import csv
import io
import json
import tracemalloc
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

import own_files
import pytest
from applications import Own
from hypothesis import given, settings
from hypothesis import strategies as st
from own_files import csv_of, json_of, letterboxd, movielens, trakt_movie, trakt_rating, zip_of
from people import Person, new_person

from kinoteka.errors import InvalidError
from kinoteka.me.imports.reading import SOURCES, SourceName, count_entries, read_entries

TITLES = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)
STARS = st.integers(1, 10).map(lambda half: half / 2)
YEARS = st.one_of(st.integers(1870, 2100), st.sampled_from(["", "soon", "-1", "20 00"]))


def deep(levels: int) -> bytes:
    return b'[{"movie":' + b"[" * levels + b"]" * levels + b"}]"


def bomb(name: str, megabytes: int) -> bytes:
    """A few hundred kilobytes that would become a lot."""
    packed = io.BytesIO()
    with ZipFile(packed, "w", ZIP_DEFLATED, compresslevel=9) as archive, archive.open(name, "w") as file:
        file.write(b"Date,Name,Year,Letterboxd URI,Rating\n")
        for _ in range(megabytes):
            file.write(b"a" * 2**20)
    return packed.getvalue()


def lying(content: bytes) -> bytes:
    """The directory says that a file is small."""
    at = content.rindex(b"PK\x01\x02")
    return content[: at + 24] + (10).to_bytes(4, "little") + content[at + 28 :]


def encrypted(content: bytes) -> bytes:
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = content.index(mark) + offset
        content = content[:at] + b"\x01" + content[at + 1 :]
    return content


GOOD = letterboxd([("Stalker", 1979, 4.5)])
ONE = zip_of({"ratings.csv": csv_of(["Date", "Name", "Year", "Rating"], [["2021-01-01", "Stalker", 1979, 3]])})
HOSTILE: dict[str, tuple[SourceName, bytes]] = {
    "nothing": ("letterboxd", b""),
    "no zip": ("letterboxd", b"Date,Name,Year\n"),
    "a cut zip": ("letterboxd", GOOD[: len(GOOD) // 2]),
    "a zip with a hole": ("letterboxd", ONE[:60] + b"\x00" * 20 + ONE[80:]),
    "an empty zip": ("letterboxd", zip_of({})),
    "another zip": ("letterboxd", zip_of({"cat.png": b"\x89PNG"})),
    "an encrypted zip": ("letterboxd", encrypted(ONE)),
    "a bomb": ("letterboxd", bomb("ratings.csv", 80)),
    "a bomb that lies": ("letterboxd", lying(bomb("ratings.csv", 80))),
    "a bomb of JSON": ("trakt", bomb("ratings.json", 80)),
    "ten thousand files": ("letterboxd", zip_of({f"{n}.txt": b"" for n in range(10_001)})),
    "other columns": ("letterboxd", zip_of({"ratings.csv": b"Film,Stars\nStalker,4\n"})),
    "no rows": ("letterboxd", zip_of({"ratings.csv": b"Date,Name,Year,Rating\n"})),
    "too many rows": ("imdb", b"Const,Your Rating\n" + b"tt0079944,8\n" * 100_001),
    "a picture as CSV": ("imdb", bytes(range(256)) * 100),
    "a zip as CSV": ("imdb", GOOD),
    "a cell without end": ("imdb", b'Const,Your Rating\n"' + b"a" * 200_000),
    "HTML": ("imdb", b"<!doctype html><title>Sign in</title>"),
    "no JSON": ("trakt", b"Stalker"),
    "cut JSON": ("trakt", b'[{"rating": 9'),
    "deep JSON": ("trakt", deep(100_000)),
    "a JSON text": ("trakt", b'"Stalker"'),
    "no lists": ("trakt", b'{"username": "olena"}'),
    "no JSON in the zip": ("trakt", zip_of({"ratings.json": b"\xff\xfe"})),
    "no links": ("movielens", zip_of({"ratings.csv": b"userId,movieId,rating,timestamp\n1,1,4,1\n"})),
    "several people": (
        "movielens",
        zip_of({"ratings.csv": b"userId,movieId,rating\n1,1,4\n2,1,4\n", "links.csv": b"movieId,imdbId,tmdbId\n"}),
    ),
    "a zip as our CSV": ("kinoteka", GOOD),
}


def test_a_long_cell_is_refused_whatever_limit_the_process_has() -> None:
    before = csv.field_size_limit(1 << 24)
    try:
        with pytest.raises(InvalidError, match="longer than 100,000 characters"):
            count_entries("imdb", HOSTILE["a cell without end"][1], "mine")
    finally:
        csv.field_size_limit(before)


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_is_refused_in_bounded_memory(name: str) -> None:
    source, content = HOSTILE[name]
    tracemalloc.start()
    try:
        with pytest.raises(InvalidError) as refused:
            count_entries(source, content, "mine")
        assert refused.value.faults[0].pointer == "/file"
        assert refused.value.detail.endswith(".")
        _, peak = tracemalloc.get_traced_memory()
        assert peak < 150 * 2**20
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("source", SOURCES)
@settings(max_examples=150)
@given(content=st.one_of(st.binary(max_size=300), st.text(max_size=300).map(str.encode)))
def test_noise_is_read_or_refused_and_nothing_else(source: SourceName, content: bytes) -> None:
    try:
        for entry in read_entries(source, content, "noise"):
            assert entry.fault is not None or entry.target != "ratings" or entry.halves is not None
    except InvalidError:
        pass


@settings(max_examples=100)
@given(rows=st.lists(st.tuples(TITLES.filter(str.strip), YEARS, STARS), min_size=1, max_size=20))
def test_every_star_of_letterboxd_is_read(rows: list[tuple[str, Any, float]]) -> None:
    entries = list(read_entries("letterboxd", letterboxd(rows), "mine"))
    assert [entry.halves for entry in entries] == [int(stars * 4) for _, _, stars in rows]
    assert all(entry.fault is None for entry in entries)


@settings(max_examples=100)
@given(rows=st.lists(st.tuples(st.integers(1, 99), STARS), min_size=1, max_size=20))
def test_every_star_of_movielens_is_read(rows: list[tuple[int, float]]) -> None:
    links = {film: (f"{film:07d}", "") for film, _ in rows}
    entries = list(read_entries("movielens", movielens(rows, links), "mine"))
    assert [(entry.ids["imdb"], entry.halves) for entry in entries] == [
        (f"tt{film:07d}", int(stars * 4)) for film, stars in rows
    ]


@settings(max_examples=100)
@given(
    rows=st.lists(
        st.tuples(st.integers(1, 10), TITLES, st.lists(TITLES, max_size=30), st.integers(0, 14)), min_size=1, max_size=9
    )
)
def test_ragged_rows_of_imdb_keep_their_scores(rows: list[tuple[int, str, list[str], int]]) -> None:
    """Commas that nobody quoted make rows longer, and some programs cut empty cells off at the end."""
    made = [["tt0079944", score, "2019-05-06", title, *more][: 3 + cut] for score, title, more, cut in rows]
    entries = list(read_entries("imdb", csv_of(own_files.IMDB_RATINGS, made), "mine"))
    assert [entry.halves for entry in entries] == [score * 2 for score, *_ in rows]


@settings(max_examples=100)
@given(scores=st.lists(st.integers(1, 10), min_size=1, max_size=20), title=TITLES)
def test_every_score_of_trakt_is_read(scores: list[int], title: str) -> None:
    items = [trakt_rating(trakt_movie(title, 1979, imdb="tt0079944"), score) for score in scores]
    packed = zip_of({"x": b"", "rating.json": json_of(items)})
    for content in (json_of(items), json.dumps({"movies": items}, indent=2).encode(), packed):
        assert [entry.halves for entry in read_entries("trakt", content, "mine")] == [score * 2 for score in scores]


@pytest.fixture
async def viewer(own: Own) -> Person:
    return await new_person(own.services)


async def test_what_is_wrong_with_a_form_is_told_at_once(own: Own, viewer: Person) -> None:
    headers = viewer.headers
    options: dict[str, Any] = {"files": {"other": ("a", b"b")}, "data": {"source": "netflix", "dry_run": "yes"}}
    refused = await own.api.send("POST", "/me/imports", 422, headers=headers, **options)
    assert {fault["pointer"] for fault in refused.json()["errors"]} == {"/other", "/file", "/source", "/dry_run"}
    await own.api.send("POST", "/me/imports", 415, headers=headers, json={"source": "imdb"})
    form = {**headers, "Content-Type": "multipart/form-data; boundary=b"}
    unnamed = b"--b\r\nContent-Disposition: form-data\r\n\r\nx\r\n--b--\r\n"
    for broken in (b"", b"--b", b"--b\r\n\r\n", unnamed, b"x" * 99):
        await own.api.send("POST", "/me/imports", 400, headers=form, content=broken)
    await own.api.send(
        "POST", "/me/imports", 400, headers={**headers, "Content-Type": "multipart/form-data"}, content=b"x"
    )


async def test_a_file_that_is_too_large_is_refused_before_it_is_kept(own: Own, viewer: Person) -> None:
    options: dict[str, Any] = {"files": {"file": ("a", b"b" * 2**25)}, "data": {"source": "imdb"}}
    await own.api.send("POST", "/me/imports", 413, headers=viewer.headers, **options)


@pytest.mark.parametrize("name", ["a bomb", "a cut zip", "too many rows", "deep JSON"])
async def test_nothing_is_stored_of_a_hostile_file(own: Own, viewer: Person, name: str) -> None:
    source, content = HOSTILE[name]
    options: dict[str, Any] = {"files": {"file": ("a", content)}, "data": {"source": source}}
    refused = await own.api.send("POST", "/me/imports", 422, headers=viewer.headers, **options)
    assert refused.json()["errors"][0]["pointer"] == "/file"
    assert (await own.api.get("/me/imports", headers=viewer.headers)).json()["total"] == 0
