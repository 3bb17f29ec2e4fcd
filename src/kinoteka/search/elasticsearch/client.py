"""Requests to the cluster: bytes out, bytes in, errors in our words."""

import asyncio
import logging
from collections.abc import Sequence
from io import BytesIO
from typing import Any, Literal

from elastic_transport import AiohttpHttpNode, JsonSerializer, TransportError
from elasticsearch import ApiError, AsyncElasticsearch

from kinoteka.breaker import Breaker
from kinoteka.search.engine import EngineUnavailableError

READ_SECONDS, WRITE_SECONDS = 2.0, 30.0
"""A read may be asked of other nodes within its time."""
_CONNECTIONS = 64
"""To each node; past them requests wait for each other instead of filling the node's queue."""
_LARGE = 2**20
"""Bytes; aiohttp warns of more."""
_SENT = {"accept": "application/json", "content-type": "application/json"}
_SENT_LINES = {"accept": "application/json", "content-type": "application/x-ndjson"}
_TAKEN = {"accept": "application/json"}

Method = Literal["GET", "POST", "PUT", "DELETE", "HEAD"]


class NoSuchIndexError(EngineUnavailableError):
    """Nothing has been built yet, or what was asked of is gone."""


class NotTakenError(Exception):
    """The cluster answered that the request is wrong: a fault of this program, or a document it cannot take."""


class _Untouched(JsonSerializer):
    """Answers are decoded by whoever asked, into what is needed of them."""

    def loads(self, data: bytes) -> bytes:
        return data


class _Node(AiohttpHttpNode):
    """Sends a large body piece by piece, so that the event loop is not held up by it."""

    async def perform_request(  # type: ignore[override] # the answer's type is not public
        self, method: str, target: str, body: Any = None, *rest: Any, **more: Any
    ) -> Any:
        sent: Any = BytesIO(body) if body and len(body) > _LARGE else body
        return await super().perform_request(method, target, sent, *rest, **more)

    def _log_request(self, *_: Any, **__: Any) -> None:
        """Would decode every body, whoever listens; failures are reported by whoever asked."""


class Client:
    """`urls`: the nodes. A read that one node does not answer is asked of the others, for as long as its time lasts.

    `conflicts`: documents left out of writes so far because a newer version was there.
    """

    def __init__(self, urls: Sequence[str], read_seconds: float = READ_SECONDS) -> None:
        logging.getLogger("elastic_transport").setLevel(logging.ERROR)  # warns of what is reported anyway
        several = len(urls) > 1
        client = AsyncElasticsearch(
            list(urls),
            node_class=_Node,
            serializers={kind: _Untouched() for kind in ("application/json", "application/vnd.elasticsearch+json")},
            connections_per_node=_CONNECTIONS,
            max_retries=max(1, len(urls) - 1),
            retry_on_timeout=several,
            retry_on_status=(502, 504),
        )
        self._client = client
        self._readers = client.options(request_timeout=read_seconds / (2 if several else 1))
        self._read_seconds = read_seconds
        # Never sent again by itself: a document read earlier must not come after the node has forgotten its deletion.
        self._writers = client.options(request_timeout=WRITE_SECONDS, max_retries=0)
        self._breaker = Breaker()
        self.conflicts = 0

    async def read(self, method: Method, path: str, body: bytes | None = None, *, lines: bool = False) -> bytes:
        """Raises EngineUnavailableError; `lines`: the body is NDJSON."""
        if not self._breaker.admits():
            raise EngineUnavailableError("Elasticsearch does not answer; it is tried again every second.")
        try:
            async with asyncio.timeout(self._read_seconds):
                return await self._ask(self._readers, method, path, body, lines)
        except TimeoutError as error:
            self._breaker.failed()
            raise EngineUnavailableError("Elasticsearch does not answer in time.") from error

    async def write(self, method: Method, path: str, body: bytes | None = None, *, lines: bool = False) -> bytes:
        """Waits long and is not held back by the reads' failures."""
        return await self._ask(self._writers, method, path, body, lines)

    async def close(self) -> None:
        await self._client.close()

    async def _ask(
        self, client: AsyncElasticsearch, method: Method, path: str, body: bytes | None, lines: bool
    ) -> bytes:
        headers = _TAKEN if body is None else _SENT_LINES if lines else _SENT
        try:
            answer: Any = await client.perform_request(method, path, headers=headers, body=body)
        except TransportError as error:
            self._breaker.failed()
            raise EngineUnavailableError(f"Elasticsearch does not answer: {error}.") from error
        except ApiError as error:
            is_own = "x-elastic-product" in error.meta.headers and isinstance(error.body, bytes)
            if is_own and error.status_code == 404 and not error.body.startswith(b'{"error"'):
                self._breaker.succeeded()
                return bytes(error.body)  # a document that is not there
            raise self._refusal(error.status_code, error.body, is_own=is_own) from error
        if isinstance(answer.body, str):
            raise self._refusal(answer.meta.status, answer.body, is_own=False)
        self._breaker.succeeded()
        return answer.body or b""

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
