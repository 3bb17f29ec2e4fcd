"""Documents as Elasticsearch stores them: one mapping for all three indexes, closed."""

import hashlib
from collections.abc import Iterable
from functools import cache
from typing import Any
from uuid import UUID

import msgspec
from msgspec import Raw, Struct

from kinoteka.catalogue.documents import Kind
from kinoteka.search.beginnings import SHORT_BEGINNING
from kinoteka.search.documents import ANALYSIS_VERSION, Document
from kinoteka.search.elasticsearch.bodies import rest_of
from kinoteka.search.elasticsearch.quoting import quoted
from kinoteka.search.query import MAX_DEPTH

LAYOUT_VERSION = 1
"""Raise it whenever something here changes that the mapping does not show."""

_SIGN, _HALF = 2**63, 2**64 - 1
_KEY: dict[str, Any] = {"type": "keyword", "doc_values": False}
_WORDS: dict[str, Any] = {"type": "text", "analyzer": "whitespace", "norms": False}
_WHETHER: dict[str, Any] = {"index_options": "docs"}
"""Only whether a document has the word: stems and trigrams are never there twice, and nothing else is weighed. To note
how often would make each merge look up the length of each document, for each of its words."""
_STORED: dict[str, Any] = {"type": "text", "index": False, "norms": False, "store": True}
_BEGIN: dict[str, Any] = {**_WORDS, **_WHETHER, "analyzer": "short_beginnings"}
"""Made there of the words: what is sent is kept, too, until a merge."""
_COLUMN: dict[str, Any] = {"index": False, "doc_values": True}
_FIELDS: dict[str, dict[str, Any]] = {
    **{name: {"type": "long", **_COLUMN} for name in ("id_high", "id_low")},
    "version": {"type": "long", "index": False, "doc_values": False, "store": True},
    "feed_version": {"type": "long", **_COLUMN},
    "digest": {"type": "keyword", **_COLUMN},
    **dict.fromkeys(("item", "rest"), _STORED),
    "sort_text": {"type": "keyword"},
    "quality": {"type": "float", **_COLUMN},
    **{name: {**_WORDS, "fields": {"begin": _BEGIN}} for name in ("titles", "names")},
    **{name: {**_WORDS, **_WHETHER} for name in ("title_stems", "word_sounds")},
    **{name: {**_WORDS, **_WHETHER, "norms": True} for name in ("stems", "grams")},
    "first_words": {**_WORDS, **_WHETHER},
    "squeezed": {**_KEY, "fields": {"begin": _BEGIN, "begun": {**_WORDS, **_WHETHER, "analyzer": "beginnings"}}},
    **dict.fromkeys(("exact", "sounds", "externals", "credits"), _KEY),
    **{name: {"type": "keyword"} for name in ("same_text", "genres")},
    **{name: {"type": "integer"} for name in ("year", "minutes", "film_count")},
    "votes": {"type": "long"},
    **{name: {"type": "double"} for name in ("rating", "weighted_rating")},
    "created_at": {"type": "long"},
}
SHORTEST_BEGUN, LONGEST_BEGUN = 3, 16
"""Characters of the beginnings that may be misspelled (`squeezed.begun`): Elasticsearch asks for terms within some
edits, not for what begins so. The short ones are `squeezed.begin`."""
_ANALYSIS = {
    "tokenizer": {"beginnings": {"type": "edge_ngram", "min_gram": SHORTEST_BEGUN, "max_gram": LONGEST_BEGUN}},
    "filter": {"short_beginnings": {"type": "edge_ngram", "min_gram": 1, "max_gram": SHORT_BEGINNING}},
    "analyzer": {
        "beginnings": {"type": "custom", "tokenizer": "beginnings"},
        "short_beginnings": {"type": "custom", "tokenizer": "whitespace", "filter": ["short_beginnings"]},
    },
}


UKRAINIAN = "titles.uk"
"""The words of titles as analysis-ukrainian reduces them; only where every node has it."""


def mapping(*, ukrainian: bool) -> dict[str, Any]:
    fields = _FIELDS
    if ukrainian:
        lemmas = {**_WORDS, **_WHETHER, "analyzer": "ukrainian"}
        titles = _FIELDS["titles"]
        fields = fields | {"titles": {**titles, "fields": {**titles["fields"], "uk": lemmas}}}
    return {"dynamic": "strict", "_source": {"enabled": False}, "properties": fields}


def index_settings(kind: Kind, shards: int) -> dict[str, Any]:
    """Of one that is being built: no copies, no refreshes."""
    return {
        "number_of_shards": shards if kind != "genre" else 1,
        "number_of_replicas": 0,
        "refresh_interval": "-1",
        "max_result_window": MAX_DEPTH + 1,
        "gc_deletes": "1h",
        "analysis": _ANALYSIS,
    }


@cache
def layout_of(*, ukrainian: bool) -> str:
    """Names what an index must be like to be usable by this program."""
    parts = (LAYOUT_VERSION, ANALYSIS_VERSION, mapping(ukrainian=ukrainian), index_settings("film", 1))
    return hashlib.blake2b(repr(parts).encode(), digest_size=6).hexdigest()


class Source(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A document as it is sent; the fields of `Document`, those without order as words with spaces between."""

    id_high: int
    id_low: int
    version: int
    feed_version: int
    digest: str
    item: Raw
    rest: Raw
    sort_text: str
    quality: float
    titles: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    title_stems: str = ""
    stems: str = ""
    word_sounds: str = ""
    grams: str = ""
    first_words: str = ""
    exact: tuple[str, ...] = ()
    squeezed: tuple[str, ...] = ()
    sounds: tuple[str, ...] = ()
    same_text: str | None = None
    externals: tuple[str, ...] = ()
    genres: tuple[str, ...] = ()
    credits: tuple[str, ...] = ()
    year: int | None = None
    minutes: int | None = None
    rating: float | None = None
    votes: int | None = None
    weighted_rating: float | None = None
    created_at: int | None = None
    film_count: int | None = None


def halves(id: UUID) -> tuple[int, int]:  # noqa: A002 - the field's own term
    """By which ids are in order: Elasticsearch's numbers are signed, and sorting by text takes it twice as long."""
    return (id.int >> 64) - _SIGN, (id.int & _HALF) - _SIGN


_ENCODER = msgspec.json.Encoder()


def encode_source(document: Document, feed_version: int) -> bytes:
    return _ENCODER.encode(_source(document, feed_version))


def _source(document: Document, feed_version: int) -> Source:
    high, low = halves(document.id)
    return Source(
        id_high=high,
        id_low=low,
        version=document.version,
        feed_version=feed_version,
        digest=document.digest.hex(),
        item=quoted(document.item),
        rest=quoted(rest_of(document.body, document.item)),
        sort_text=document.sort_text,
        quality=document.quality,
        titles=document.titles,
        names=document.names,
        title_stems=_joined(document.title_stems),
        stems=_joined(document.stems),
        word_sounds=_joined(document.word_sounds),
        grams=_joined(document.grams),
        first_words=_joined(document.first_words),
        exact=document.exact,
        squeezed=document.squeezed,
        sounds=document.sounds,
        same_text=document.same_text,
        externals=document.externals,
        genres=document.genres,
        credits=document.credits,
        year=document.year,
        minutes=document.minutes,
        rating=document.rating,
        votes=document.votes,
        weighted_rating=document.weighted_rating,
        created_at=document.created_at,
        film_count=document.film_count,
    )


def _joined(words: Iterable[str]) -> str:
    return " ".join(words)
