"""What changes where every node has analysis-ukrainian, which the nodes of the tests have not."""

import asyncio
from typing import Any

import msgspec
import pytest

from kinoteka.search.elasticsearch.mapping import layout_of, mapping
from kinoteka.search.elasticsearch.plugins import has_ukrainian, with_lemmas

QUERY = {"match_none": {}}


def test_titles_have_a_second_field_and_nothing_else_changes() -> None:
    without, with_it = (mapping(ukrainian=ukrainian)["properties"] for ukrainian in (False, True))
    assert with_it["titles"]["fields"]["uk"]["analyzer"] == "ukrainian"
    assert with_it.keys() == without.keys()
    assert {name for name in with_it if with_it[name] != without[name]} == {"titles"}


def test_the_layout_tells_one_index_from_the_other() -> None:
    assert layout_of(ukrainian=True) != layout_of(ukrainian=False)


def test_the_query_is_asked_beside_what_our_own_stems_find() -> None:
    asked = with_lemmas(QUERY, "вітром віднесені")["dis_max"]["queries"]
    assert asked[0] == QUERY
    assert asked[1]["constant_score"]["filter"] == {
        "match": {"titles.uk": {"query": "вітром віднесені", "operator": "and"}}
    }


@pytest.mark.parametrize(
    ("nodes", "expected"),
    [
        ([[]], False),
        ([["analysis-icu"]], False),
        ([["analysis-ukrainian"]], True),
        ([["analysis-ukrainian"], []], False),
        ([["analysis-ukrainian"], ["analysis-icu", "analysis-ukrainian"]], True),
    ],
)
def test_every_node_must_have_it(nodes: list[list[str]], expected: bool) -> None:
    answer = {"nodes": {str(n): {"plugins": [{"name": name} for name in names]} for n, names in enumerate(nodes)}}

    class Cluster:
        async def read(self, *_: Any) -> bytes:
            return msgspec.json.encode(answer)

    assert asyncio.run(has_ukrainian(Cluster())) is expected  # type: ignore[arg-type] # reads alone
