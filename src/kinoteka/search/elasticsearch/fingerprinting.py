"""Ids and digests of all documents of a kind, as of one moment."""

from collections.abc import AsyncGenerator, Sequence
from typing import Any
from uuid import UUID

import msgspec

from kinoteka.catalogue.documents import Kind
from kinoteka.search.elasticsearch.answers import Hit, opened, searched
from kinoteka.search.elasticsearch.ranking import BY_ID
from kinoteka.search.elasticsearch.reading import DOCUMENTS, Cluster, ask
from kinoteka.search.engine import Fingerprint

_BATCH = 5000
_KEPT = "2m"
"""How long the moment is held between two batches."""
_SEARCH = "/_search?allow_partial_search_results=false&filter_path=pit_id,hits.hits"


async def batches(cluster: Cluster, kind: Kind) -> AsyncGenerator[list[Fingerprint], None]:
    """By ascending id."""
    opening = f"/{cluster.names.alias(kind)}/_pit?keep_alive={_KEPT}"
    moment = opened(await cluster.client.write("POST", opening)).id
    try:
        after: list[Any] | None = None
        while True:
            answer = searched(await cluster.client.write("POST", _SEARCH, _query(moment, after)))
            hits = answer.hits.hits
            yield [_fingerprint(hit) for hit in hits]
            if len(hits) < _BATCH:
                return
            after, moment = list(hits[-1].sort), answer.pit_id or moment
    finally:
        await cluster.client.write("DELETE", "/_pit", msgspec.json.encode({"id": moment}))


async def digests(cluster: Cluster, where: str, ids: Sequence[UUID]) -> dict[UUID, bytes]:
    """Of those that are there; `where`: an alias or index."""
    query = {"query": {"ids": {"values": list(map(str, ids))}}, "size": len(ids), "docvalue_fields": ["digest"]}
    hits = (await ask(cluster, where, query)).hits.hits
    return {found.id: found.digest for found in map(_fingerprint, hits)}


def _query(moment: str, after: list[Any] | None) -> bytes:
    query: dict[str, Any] = {
        "pit": {"id": moment, "keep_alive": _KEPT},
        "query": DOCUMENTS,
        "sort": BY_ID,
        "size": _BATCH,
        "docvalue_fields": ["digest"],
        "track_total_hits": False,
    }
    return msgspec.json.encode(query if after is None else query | {"search_after": after})


def _fingerprint(hit: Hit) -> Fingerprint:
    return Fingerprint(hit.id, bytes.fromhex(hit.fields.digest[0]))
