"""Own files of other sites: what stands in a row may be anything, and the row is refused for it, not the program."""

import io
import struct
from zipfile import ZIP_DEFLATED, ZipFile

import pytest

from kinoteka.errors import InvalidError
from kinoteka.me.imports.entries import Entry, WrongScoreError, halves_of_points, halves_of_stars
from kinoteka.me.imports.reading import SourceName, count_entries, read_entries


@pytest.mark.parametrize("text", ["1e50", "9E+999999", "-9E+999999", "1e-999999", "9" * 5000, "sNaN", "-Infinity", "0"])
def test_a_number_beyond_all_scores_is_no_score(text: str) -> None:
    for read in (halves_of_points, halves_of_stars):
        with pytest.raises(WrongScoreError):
            read(text)


def read(source: SourceName, content: bytes) -> list[Entry]:
    return list(read_entries(source, content, "own"))


def test_what_is_quoted_is_text_to_postgresql() -> None:
    files: dict[SourceName, bytes] = {
        "imdb": b"Const,Your Rating\ntt\0,9\n",
        "kinoteka": b"list,film_id,score\nratings,,4\0\n",
        "trakt": b'[{"type": "sh\\u0000ow", "show": {}, "rating": 4}]',
    }
    for source, content in files.items():
        (entry,) = read(source, content)
        assert entry.fault, source
        assert "\0" not in entry.fault, source


def test_an_item_that_is_not_utf_8_is_refused_alone() -> None:
    items = b'[{"movie": {"title": "\xb7"}, "rating": 4}, {"movie": {"title": "Heat"}, "rating": 4}]'
    assert [entry.fault is None for entry in read("trakt", items)] == [False, True]


def pack(*names: str) -> bytearray:
    packed = io.BytesIO()
    with ZipFile(packed, "w", ZIP_DEFLATED) as archive:
        for name in names:
            archive.writestr(name, "[]")
    return bytearray(packed.getvalue())


ARCHIVES: list[SourceName] = ["letterboxd", "movielens", "trakt"]


@pytest.mark.parametrize("source", ARCHIVES)
def test_a_member_without_a_name_is_none(source: SourceName) -> None:
    content = pack("ratings.csv", "%%").replace(b"%%", b"\0%")  # zipfile ends names there
    with pytest.raises(InvalidError):
        count_entries(source, bytes(content), "own")


@pytest.mark.parametrize("source", ARCHIVES)
def test_an_archive_whose_offsets_lead_nowhere_is_damaged(source: SourceName) -> None:
    content = pack("ratings.csv", "links.csv", "ratings.json")
    end = content.rfind(b"PK\x05\x06")
    (start,) = struct.unpack_from("<L", content, end + 16)
    struct.pack_into("<L", content, end + 16, start + 1)  # the directory stands before where it is said to: offset -1
    with pytest.raises(InvalidError):
        count_entries(source, bytes(content), "own")
