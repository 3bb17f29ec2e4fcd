"""What the nodes can do beyond a stock one. Used where it is there, needed nowhere."""

import msgspec
from msgspec import Struct

from kinoteka.search.elasticsearch.clauses import Query
from kinoteka.search.elasticsearch.client import Client
from kinoteka.search.elasticsearch.mapping import UKRAINIAN
from kinoteka.search.ranking import TITLE_STEMS

_ANALYSIS = "analysis-ukrainian"


class _Plugin(Struct):
    name: str


class _Node(Struct):
    plugins: list[_Plugin] = []


class _Nodes(Struct):
    nodes: dict[str, _Node]


async def has_ukrainian(client: Client) -> bool:
    """On every node: a shard may be on any of them."""
    answer = await client.read("GET", "/_nodes/plugins?filter_path=nodes.*.name,nodes.*.plugins.name")
    nodes = msgspec.json.decode(answer, type=_Nodes).nodes.values()
    return all(any(plugin.name == _ANALYSIS for plugin in node.plugins) for node in nodes)


def with_lemmas(query: Query, words: str) -> Query:
    """Also what has all the words in a title, each in any form that the dictionary knows, as high as our own stems."""
    in_any_form = {"match": {UKRAINIAN: {"query": words, "operator": "and"}}}
    lemmas: Query = {"constant_score": {"filter": in_any_form, "boost": TITLE_STEMS}}
    return {"dis_max": {"queries": [query, lemmas]}}
