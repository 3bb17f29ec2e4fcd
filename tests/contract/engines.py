"""The engines that keep the contract, each made from a text that another process can make it from, too."""

import os
from pathlib import Path

from kinoteka.catalogue.documents import Kind
from kinoteka.search.elasticsearch import ElasticsearchEngine
from kinoteka.search.engine import SearchEngine
from kinoteka.search.tantivy import TantivyEngine

ELASTICSEARCH = [url for url in os.environ.get("TEST_ELASTICSEARCH_URL", "").split(",") if url]
ENGINES = ["tantivy", *(["elasticsearch"] if ELASTICSEARCH else [])]


def make(name: str, place: str) -> SearchEngine:
    """`place`: a folder, or what the names of the indexes begin with."""
    if name == "tantivy":
        return TantivyEngine(Path(place))
    return ElasticsearchEngine(ELASTICSEARCH, place, NeverTheSame(), timeout=30)


class NeverTheSame:
    """A stamp that lets no number be remembered: the contract is about what is in the index."""

    def __init__(self) -> None:
        self._number = 0

    def __call__(self, _: Kind) -> bytes:
        self._number += 1
        return b"%d" % self._number
