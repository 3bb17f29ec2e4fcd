"""The parts of imports that need no database."""

import gzip
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.json import encode

from kinoteka.errors import UsageError
from kinoteka.importers.film_json import FilmJson
from kinoteka.importers.imdb.akas import language_tag
from kinoteka.importers.imdb.selection import NumberSet, number_of
from kinoteka.importers.lines import read_blocks
from kinoteka.importers.options import no_progress
from kinoteka.importers.report import Findings, Report, open_findings
from kinoteka.importers.rows import language_of
from kinoteka.importers.staging import copy_line


@given(st.lists(st.integers(0, 2**33)), st.lists(st.integers(0, 2**33)))
def test_a_number_set_is_a_set(added: list[int], asked: list[int]) -> None:
    numbers, expected = NumberSet(), set[int]()
    for number in added:
        assert numbers.add(number) == (number not in expected)
        expected.add(number)
    assert all((number in numbers) == (number in expected) for number in asked + added)
    assert bool(numbers) == bool(expected)


@pytest.mark.parametrize(
    ("identifier", "number"),
    [("tt0133093", 133093), ("nm0133093", -1), ("tt", -1), ("tt-1", -1), ("tt٣", -1), ("tt" + "9" * 11, -1), ("", -1)],
)
def test_numbers_of_ids(identifier: str, number: int) -> None:
    assert number_of(identifier, "tt") == number


@pytest.mark.parametrize(
    ("language", "region", "tag"),
    [
        (r"\N", "UA", "uk"),
        (r"\N", "BR", "pt-BR"),
        (r"\N", "XWW", None),
        (r"\N", "CA", None),
        ("fr", "CA", "fr-CA"),
        ("uk", "UA", "uk"),
        ("en", "XWW", "en"),
        ("ru", r"\N", "ru"),
        ("1", "UA", None),
    ],
)
def test_languages_of_alternative_titles(language: str, region: str, tag: str | None) -> None:
    assert language_tag(language, region) == tag
    assert tag is None or language_of(tag) == tag


def test_copy_lines_escape_what_copy_would_read() -> None:
    assert copy_line("a\\b\tc\nd\re", None, 5) == "a\\\\b\\tc\\nd\\re\t\\N\t5\n"


@given(st.lists(st.text(alphabet=st.characters(codec="utf-8", exclude_characters="\n\0\ufeff"))))
def test_lines_are_those_of_the_file(lines: list[str]) -> None:
    data = "".join(line + "\n" for line in lines).encode()
    assert _read(data) == lines
    assert _read(gzip.compress(data)) == lines


def test_lines_across_blocks() -> None:
    lines = [f"{number} " + "я" * (number % 700) for number in range(9000)]
    assert _read("\n".join(lines).encode()) == lines


def test_a_file_without_line_ends_is_refused() -> None:
    with pytest.raises(UsageError, match="a line of more than 16 MB"):
        _read(b"x" * (18 << 20))


def test_a_file_that_is_not_there_is_one_clear_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be read: No such file"):
        list(read_blocks(tmp_path / "none.tsv", _findings(), 0, no_progress))


def test_a_report_that_cannot_be_written_is_one_clear_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be written"), open_findings(Report(), tmp_path / "none" / "report"):
        pass


def test_all_faults_of_a_film_at_once() -> None:
    reader = FilmJson(
        {
            "title": "",
            "year": "1990",
            "minutes": 0,
            "rating": 11,
            "votes": -1,
            "genres": ["", {"nick": "x"}],
            "directors": "Fritz Lang",
            "writers": [None, {"name": "x", "character": "y"}],
            "actors": [{"id": "x"}, {}],
            "alternative_titles": [{"title": "x", "language": "Ukrainian"}],
            "description": "\ud800",
            "external_ids": {"imdb": "a b", "mubi": "1"},
            "id": 5,
            "created_at": "yesterday",
            "colour": True,
        }
    )
    assert reader.film() is None
    assert {reason for reason, _ in reader.faults} == {
        *("title_blank", "year_type", "minutes_range", "rating_range", "votes_range", "genre_blank", "genres_type"),
        *("directors_type", "writers_type", "character", "actors_type", "actors", "language", "description_encoding"),
        *("external_id", "id_type", "created_at_type"),
    }
    assert reader.unknown == ["colour", "external_ids.mubi"]


ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)
KEYS = st.sampled_from(
    [
        "id",
        "title",
        "year",
        "minutes",
        "genres",
        "directors",
        "actors",
        "rating",
        "votes",
        "prior",
        "external_ids",
        "alternative_titles",
        "created_at",
    ]
)


@given(st.dictionaries(KEYS, ANY_JSON))
def test_no_json_is_too_strange(source: dict[str, object]) -> None:
    reader = FilmJson(source)
    assert (reader.film() is None) == bool(reader.faults)
    encode(reader.faults)


def _findings() -> Findings:
    findings = Findings(Report())
    findings.file("a file")
    return findings


def _read(data: bytes) -> list[str]:
    """Through a real file."""
    lines: list[str] = []
    with TemporaryDirectory() as folder:
        path = Path(folder) / "lines"
        path.write_bytes(data)
        for first, block in read_blocks(path, _findings(), 0, no_progress):
            assert first == len(lines) + 1
            lines += block
    return lines
