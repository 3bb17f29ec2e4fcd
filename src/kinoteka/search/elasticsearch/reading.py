"""Documents by id or by one key, and numbers of documents."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import msgspec
from msgspec import Struct

from kinoteka.catalogue.documents import Kind
from kinoteka.catalogue.text import same_text_key
from kinoteka.search.analysis.folding import without_surrogates
from kinoteka.search.clauses import AllOf, Scored, Term
from kinoteka.search.elasticsearch.answers import (
    Searched,
    body_of,
    counted,
    got,
    item_of,
    many_got,
    many_searched,
    searched,
)
from kinoteka.search.elasticsearch.clauses import translate
from kinoteka.search.elasticsearch.client import Client, NotTakenError
from kinoteka.search.elasticsearch.names import Names
from kinoteka.search.engine import EngineUnavailableError, Stored

ITEM = ["version", "item"]
BODY = [*ITEM, "rest"]
_VISIBLE = "realtime=false&_source=false&stored_fields="
_SEARCH = "_search?allow_partial_search_results=false&filter_path=hits.total,hits.hits,aggregations,pit_id"
_MANY = "_msearch?filter_path=responses.hits.total,responses.hits.hits,responses.aggregations,responses.error"
_EACH = b'{"allow_partial_search_results":false}'
DOCUMENTS = {"exists": {"field": "id_high"}}
"""The index of genres holds one more line: the version of the last deletion, which no document shows."""


class Cluster(Struct, frozen=True):
    """Where to ask, what things are called there, and whether analysis-ukrainian is on every node."""

    client: Client
    names: Names
    ukrainian: bool = False


async def ask(cluster: Cluster, where: str, query: dict[str, Any]) -> Searched:
    """`where`: aliases with commas between."""
    try:
        return searched(await cluster.client.read("POST", f"/{where}/{_SEARCH}", msgspec.json.encode(query)))
    except NotTakenError as error:
        raise EngineUnavailableError(str(error)) from error


async def ask_many(cluster: Cluster, where: str, queries: Sequence[dict[str, Any]]) -> Sequence[Searched]:
    """In one request; Elasticsearch works on several of them at a time."""
    if not queries:  # a request for nothing is refused
        return ()
    lines = b"".join(b"%b\n%b\n" % (_EACH, msgspec.json.encode(query)) for query in queries)
    answers = many_searched(await cluster.client.read("POST", f"/{where}/{_MANY}", lines, lines=True)).responses
    if failed := next((answer.error for answer in answers if answer.error is not None), None):
        raise EngineUnavailableError(f"Elasticsearch could not answer a search: {failed}"[:500])
    return answers


async def find_document(cluster: Cluster, kind: Kind, id: UUID) -> Stored | None:  # noqa: A002 - the field's own term
    """As the lists see it: not what is written and not visible yet."""
    path = f"/{cluster.names.alias(kind)}/_doc/{id}?{_VISIBLE}{','.join(BODY)}"
    hit = got(await cluster.client.read("GET", path))
    return body_of(hit, cluster.names) if hit.found else None


async def list_documents(cluster: Cluster, kind: Kind, ids: Sequence[UUID]) -> list[Stored]:
    if not ids:
        return []
    path = f"/{cluster.names.alias(kind)}/_mget?{_VISIBLE}{','.join(ITEM)}"
    body = msgspec.json.encode({"ids": list(dict.fromkeys(map(str, ids)))})
    hits = many_got(await cluster.client.read("POST", path, body)).docs
    found = {hit.id: item_of(hit, kind) for hit in hits if hit.found}
    return [found[id] for id in ids if id in found]  # noqa: A001 - the field's own term


async def find_external(cluster: Cluster, source: str, value: str) -> Stored | None:
    term = Term("externals", f"{source}:{value}")
    query = {"query": translate(AllOf((Scored(term, 0),)), cluster.names), "size": 1, "stored_fields": BODY}
    hits = (await ask(cluster, cluster.names.alias("film"), query)).hits.hits
    return body_of(hits[0], cluster.names) if hits else None


async def count_documents(cluster: Cluster, where: str) -> int:
    """`where`: an alias or index of one kind."""
    return counted(
        await cluster.client.read("POST", f"/{where}/_count", msgspec.json.encode({"query": DOCUMENTS}))
    ).count


async def find_genres(cluster: Cluster, names: Sequence[str]) -> dict[str, UUID]:
    keys = {name: same_text_key(without_surrogates(name)) for name in names}
    query = {
        "query": {"terms": {"same_text": sorted(set(keys.values()))}},
        "size": len(keys) + 1,
        "stored_fields": ["version"],
        "docvalue_fields": ["same_text"],
    }
    hits = (await ask(cluster, cluster.names.alias("genre"), query)).hits.hits
    known = {hit.fields.same_text[0]: hit.id for hit in hits}
    return {name: known[key] for name, key in keys.items() if key in known}
