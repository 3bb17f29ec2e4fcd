"""Requests to the cluster: bytes out, bytes in, errors in our words."""

import asyncio
import logging
import warnings
from collections.abc import Collection, Sequence
from typing import Literal, NamedTuple

from elastic_transport import AsyncTransport, JsonSerializer, TransportError
from elasticsearch import AsyncElasticsearch, ElasticsearchWarning

from kinoteka.breaker import Breaker
from kinoteka.search.elasticsearch.node import ReqwestNode
from kinoteka.search.engine import EngineUnavailableError

READ_SECONDS, WRITE_SECONDS = 2.0, 30.0
"""A read may be asked of other nodes within its time."""
_CONNECTIONS = 64
"""To each node; past them requests wait for each other instead of filling the node's queue."""
_JSON, _NDJSON = (f"application/vnd.elasticsearch+{kind}; compatible-with=9" for kind in ("json", "x-ndjson"))
"""In the words of release 9, which 10 knows, too."""
_TAKEN = {"accept": _JSON}
_SENT = _TAKEN | {"content-type": _JSON}
_SENT_LINES = _TAKEN | {"content-type": _NDJSON}

Method = Literal["GET", "POST", "PUT", "DELETE"]


class NoSuchIndexError(EngineUnavailableError):
    """Nothing has been built yet, or what was asked of is gone."""


class NotTakenError(Exception):
    """The cluster answered that the request is wrong: a fault of this program, or a document it cannot take."""


class _Untouched(JsonSerializer):
    """Answers are decoded by whoever asked, into what is needed of them."""

    def loads(self, data: bytes) -> bytes:
        return data


class _Patience(NamedTuple):
    """How long an answer is waited for, and what is asked of another node."""

    request_timeout: float
    max_retries: int = 0
    retry_on_timeout: bool = False
    retry_on_status: Collection[int] = ()


class Client:
    """`urls`: the nodes. A read that one node does not answer is asked of the others, for as long as its time lasts.

    `conflicts`: documents left out of writes so far because a newer version was there.
    """

    def __init__(self, urls: Sequence[str], read_seconds: float = READ_SECONDS) -> None:
        logging.getLogger("elastic_transport").setLevel(logging.ERROR)  # warns of what is reported anyway
        several = len(urls) > 1
        self._client = AsyncElasticsearch(
            list(urls),
            node_class=ReqwestNode,
            serializers={kind: _Untouched() for kind in ("application/json", "application/vnd.elasticsearch+json")},
            connections_per_node=_CONNECTIONS,
            meta_header=False,
        )
        # Past the methods that make objects of answers: they take as long as the node does.
        self._transport: AsyncTransport = self._client.transport
        self._read_seconds = read_seconds
        self._reading = _Patience(
            read_seconds / (2 if several else 1),
            max_retries=max(1, len(urls) - 1),
            retry_on_timeout=several,
            retry_on_status=(502, 504),
        )
        # Never sent again by itself: a document read earlier must not come after the node has forgotten its deletion.
        self._writing = _Patience(WRITE_SECONDS)
        self._breaker = Breaker()
        self.conflicts = 0

    async def read(self, method: Method, path: str, body: bytes | None = None, *, lines: bool = False) -> bytes:
        """Raises EngineUnavailableError; `lines`: the body is NDJSON."""
        if not self._breaker.admits():
            raise EngineUnavailableError("Elasticsearch does not answer; it is tried again every second.")
        try:
            async with asyncio.timeout(self._read_seconds):
                return await self._ask(self._reading, method, path, body, lines)
        except TimeoutError as error:
            self._breaker.failed()
            raise EngineUnavailableError("Elasticsearch does not answer in time.") from error

    async def write(self, method: Method, path: str, body: bytes | None = None, *, lines: bool = False) -> bytes:
        """Waits long and is not held back by the reads' failures."""
        return await self._ask(self._writing, method, path, body, lines)

    async def close(self) -> None:
        await self._client.close()

    async def _ask(self, patience: _Patience, method: Method, path: str, body: bytes | None, lines: bool) -> bytes:
        headers = _TAKEN if body is None else _SENT_LINES if lines else _SENT
        try:
            meta, answer = await self._transport.perform_request(
                method, path, headers=headers, body=body, **patience._asdict()
            )
        except TransportError as error:
            self._breaker.failed()
            raise EngineUnavailableError(f"Elasticsearch does not answer: {error}.") from error
        if warning := meta.headers.get("warning"):
            warnings.warn(warning, ElasticsearchWarning, stacklevel=2)
        is_own = meta.headers.get("x-elastic-product") == "Elasticsearch" and isinstance(answer, bytes)
        if is_own and (200 <= meta.status < 300 or _is_missing_document(meta.status, answer)):
            self._breaker.succeeded()
            return bytes(answer)
        raise self._refusal(meta.status, answer, is_own=is_own)

    def _refusal(self, status: int, body: object, *, is_own: bool) -> Exception:
        """`is_own`: of Elasticsearch itself, not of something before it, which is a proxy most of the time."""
        said = body.decode(errors="replace") if isinstance(body, bytes) else str(body or "")
        if status == 413 or (status in (400, 404) and is_own):
            self._breaker.succeeded()
            if status == 404:
                return NoSuchIndexError("The search index has not been built yet.")
            return NotTakenError(f"Elasticsearch refused a request: {said[:500]}")
        self._breaker.failed()
        return EngineUnavailableError(f"Elasticsearch answered {status}: {said[:500]}")


def _is_missing_document(status: int, answer: bytes) -> bool:
    return status == 404 and not answer.startswith(b'{"error"')
