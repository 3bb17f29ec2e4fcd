"""Documents as tantivy stores them."""

import hashlib
from collections.abc import Iterable
from functools import cache
from importlib.metadata import version
from typing import Any
from uuid import UUID

import tantivy

from kinoteka.search.beginnings import BEGUN_FIELDS, SHORT_BEGINNING, begin_field, short_beginnings
from kinoteka.search.documents import ANALYSIS_VERSION, Document
from kinoteka.search.tantivy.sorting import sort_fields, sort_values

LAYOUT_VERSION = 2
"""Raise it whenever a field here changes."""

_WORD_FIELDS = ("titles", "names")
_BAG_FIELDS = ("title_stems", "stems", "word_sounds", "grams")
_KEY_FIELDS = ("id", "kind", "exact", "squeezed", "sounds", "externals", "credits", "same_text")
_FACET_FIELDS = ("genres",)
_FLOATS = ("rating",)
_INTEGERS = ("year", "minutes")
_HALVES = ("id_high", "id_low", "digest_high", "digest_low")
_WORDS = "words"
_HALF = 2**64 - 1
_TIE = 1e-4
"""As much of the quality as two percent more votes; a score's 24 bits tell some thousand steps of it apart."""
_SPREAD = 0x9E3779B1
"""The golden ratio's, which scatters ids given in a row."""


@cache
def schema() -> tantivy.Schema:
    builder = tantivy.SchemaBuilder()
    for name in _WORD_FIELDS:
        builder.add_text_field(name, tokenizer_name=_WORDS, index_option="position")
    for name in _BAG_FIELDS:
        builder.add_text_field(name, tokenizer_name=_WORDS, index_option="freq")
    for name in (*map(begin_field, BEGUN_FIELDS), "first_words"):
        builder.add_text_field(name, tokenizer_name=_WORDS, index_option="basic")
    for name in _KEY_FIELDS:
        builder.add_text_field(name, tokenizer_name="raw", index_option="basic", fast=name == "kind")
    for name in _FACET_FIELDS:
        builder.add_text_field(name, tokenizer_name="raw", index_option="basic", fast=True)
    for name in (*_FLOATS, "boost"):
        builder.add_float_field(name, fast=True)
    for name in (*_INTEGERS, *_HALVES, *sort_fields()):
        builder.add_unsigned_field(name, fast=True)
    for name in ("body", "item"):
        builder.add_bytes_field(name, stored=True)
    for name in ("key", "sort_text"):
        builder.add_text_field(name, stored=True, tokenizer_name="raw", index_option="basic")
    builder.add_unsigned_field("version", stored=True)
    return builder.build()


@cache
def schema_name() -> str:
    """Names what an index on disk must be like to be usable by this program."""
    parts = (LAYOUT_VERSION, ANALYSIS_VERSION, SHORT_BEGINNING, version("tantivy"), sort_fields())
    return hashlib.blake2b(repr(parts).encode(), digest_size=6).hexdigest()


def register_words(index: tantivy.Index) -> None:
    """Words come analysed: only split at spaces."""
    index.register_tokenizer(_WORDS, tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.whitespace()).build())


def to_tantivy(document: Document) -> tantivy.Document:
    values: dict[str, Any] = {
        "key": f"{document.kind}:{document.id}",
        "id": str(document.id),
        "kind": document.kind,
        "body": document.body,
        "item": document.item,
        "sort_text": document.sort_text,
        "boost": boost(document.quality, document.id),
        "id_high": document.id.int >> 64,
        "id_low": document.id.int & _HALF,
        "digest_high": int.from_bytes(document.digest[:8]),
        "digest_low": int.from_bytes(document.digest[8:]),
        "version": document.version,
        **{name: list(getattr(document, name)) for name in _WORD_FIELDS},
        **{name: " ".join(getattr(document, name)) for name in (*_BAG_FIELDS, "first_words")},
        **{begin_field(name): _short_beginnings(getattr(document, name)) for name in BEGUN_FIELDS},
        **{
            name: list(getattr(document, name))
            for name in ("exact", "squeezed", "sounds", "externals", "credits", "genres")
        },
        **{
            name: value
            for name in ("same_text", *_FLOATS, *_INTEGERS)
            if (value := getattr(document, name)) is not None
        },
        **sort_values(document),
    }
    return tantivy.Document.from_dict(values, schema())


def _short_beginnings(texts: Iterable[str]) -> str:
    """Of each word."""
    return " ".join(short_beginnings(word for text in texts for word in text.split(" ")))


def boost(quality: float, id: UUID) -> float:  # noqa: A002 - the field's own term
    """tantivy multiplies a score by log2(2 + the field's value); this makes that the quality.

    A bit of the id is in it, since tantivy leaves documents of one score in the order of its files, which changes
    with every merge, and the pages of a search would not fit together.
    """
    scattered = (id.int * _SPREAD >> 16) & 0xFFFF
    return float(2.0 ** (quality + _TIE * scattered / 0xFFFF)) - 2
