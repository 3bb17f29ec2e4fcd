"""Documents are made alike from equal records; a change of the analysis must raise its version."""

import hashlib
from typing import Any
from uuid import UUID

import msgspec
import pytest

from kinoteka.catalogue.documents import Record
from kinoteka.search.documents import ANALYSIS_VERSION, make_document

SPECIMEN_ANALYSIS = (6, "cb3e797e96644b6b")
"""The version, and what it makes of the specimen. When this test fails, raise the version and write down both."""


def named(id: int, name: str) -> dict[str, Any]:  # noqa: A002 - the field's own term
    return {"id": UUID(int=id), "name": name}


def specimen() -> Record:
    body = {
        "id": UUID(int=1), "title": "The Spider-Man Part II", "original_title": "Кам’яний хрест", "year": 1968,
        "minutes": 80, "genres": [named(2, "Science Fiction")], "directors": [named(3, "Леонід Осика")],
        "writers": [named(4, "Ivan Drach")], "actors": [named(5, "Daniil Ilchenko") | {"character": "Іван Дідух"}],
        "rating": 7.9, "votes": 1200, "weighted_rating": 7.812, "prior": {"rating": 7.9, "votes": 1200},
        "external_ids": {"imdb": "tt1", "tmdb": None},
        "created_at": "2026-01-02T03:04:05.000006Z", "updated_at": "2026-01-02T03:04:05.000006Z",
        "alternative_titles": [{"title": "Ёлки-палки, ґанок і журавлі", "language": "uk"}],
        "description": "He leaves the stones of his village behind; его земля, його земля.",
    }  # fmt: skip
    return Record(UUID(int=1), 3, msgspec.json.encode(body), b"{}")


def test_the_analysis_has_the_version_it_had() -> None:
    made = hashlib.blake2b(repr(make_document("film", specimen())).encode(), digest_size=8).hexdigest()
    assert (ANALYSIS_VERSION, made) == SPECIMEN_ANALYSIS


def test_what_a_film_is_found_by() -> None:
    document = make_document("film", specimen())
    assert document.sort_text == "the spider man part ii"
    assert {"the spider man part ii", "the spider man 2", "spiderman", "камяний хрест"} <= set(document.titles)
    assert {"леонід осика", "1968", "science fiction"} <= set(document.names)
    assert {"thespidermanpartii", "spiderman2"} <= set(document.squeezed)
    assert all(len(set(words)) == len(words) for words in (document.stems, document.grams))
    assert document.externals == ("imdb:tt1",)
    assert set(document.credits) == {f"director:{UUID(int=3)}", f"writer:{UUID(int=4)}", f"actor:{UUID(int=5)}"}
    assert (document.year, document.minutes, document.rating, document.votes) == (1968, 80, 7.9, 1200)
    assert document.created_at == 1767323045000006


def test_a_record_of_another_shape_is_refused() -> None:
    with pytest.raises(msgspec.ValidationError):
        make_document("film", Record(UUID(int=1), 1, b'{"id": "no"}', b"{}"))
