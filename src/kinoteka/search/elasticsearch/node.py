"""One node of the cluster, over reqwest: half of what aiohttp takes of this process for a small request, measured."""

import asyncio
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from time import perf_counter
from typing import NamedTuple

import certifi
from elastic_transport import (
    ApiResponseMeta,
    BaseAsyncNode,
    ConnectionError,  # noqa: A004 - elastic-transport's own name
    ConnectionTimeout,
    HttpHeaders,
    NodeConfig,
)
from elastic_transport.client_utils import DEFAULT, DefaultType, resolve_default
from pyreqwest.client import ClientBuilder
from pyreqwest.exceptions import PyreqwestError
from pyreqwest.request import ConsumedRequest
from pyreqwest.response import Response

_IDLE = timedelta(seconds=15)
"""How long an unused connection is kept: less than what stands between keeps it."""
_KEPT = ("content-type", "x-elastic-product", "warning")
"""Headers of an answer that anybody looks at."""


class Answered(NamedTuple):
    """In the shape of elastic-transport's own type, which is not public."""

    meta: ApiResponseMeta
    body: bytes


class ReqwestNode(BaseAsyncNode):
    """No cookies, no redirects, no proxies, nothing compressed: both sides stand beside each other.

    A request that nobody waits for any more goes on until it is answered or its time is over.
    """

    def __init__(self, config: NodeConfig) -> None:
        super().__init__(config)
        builder = ClientBuilder().no_proxy().follow_redirects(False).referer(False)
        builder = builder.gzip(False).brotli(False).zstd(False).deflate(False)
        builder = builder.max_connections(config.connections_per_node).pool_idle_timeout(_IDLE)
        if config.scheme == "https":
            builder = builder.add_root_certificate_pem(Path(certifi.where()).read_bytes())  # a system may have none
        else:
            builder = builder.danger_accept_invalid_certs(True)  # where no TLS is spoken no list of them is read: 5 MB
        self._client = builder.default_headers(dict(self.headers)).build()
        self._base = self.base_url

    async def perform_request(  # type: ignore[override] # the base's answer is of a type that is not public
        self,
        method: str,
        target: str,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        request_timeout: float | DefaultType | None = DEFAULT,
    ) -> Answered:
        """Raises elastic-transport's ConnectionError and ConnectionTimeout."""
        seconds = resolve_default(request_timeout, self.config.request_timeout)
        began = perf_counter()
        try:
            answer, read = await _send(self._built(method, target, body, headers, seconds))
            kept = {name: value for name in _KEPT if (value := answer.get_header(name)) is not None}
        except TimeoutError as error:
            raise ConnectionTimeout("It did not answer in time", errors=(error,)) from error
        except PyreqwestError as error:
            raise ConnectionError(str(error), errors=(error,)) from error
        took = perf_counter() - began
        return Answered(ApiResponseMeta(answer.status, "1.1", HttpHeaders(kept), took, self.config), read)

    def _built(
        self, method: str, target: str, body: bytes | None, headers: Mapping[str, str] | None, seconds: float | None
    ) -> ConsumedRequest:
        request = self._client.request(method, self._base + target)
        if headers:
            request = request.headers(dict(headers))
        if body:
            request = request.body_bytes(body)
        if seconds:
            request = request.timeout(timedelta(seconds=seconds))
        return request.build()

    async def close(self) -> None:  # type: ignore[override] # as the base
        await self._client.close()


async def _send(request: ConsumedRequest) -> tuple[Response, bytes]:
    task = asyncio.current_task()
    cancels = task.cancelling() if task else 0
    answer = await request.send()
    read = (await answer.bytes()).to_bytes()
    if task and task.cancelling() > cancels:
        raise asyncio.CancelledError  # which pyreqwest loses when the answer comes at the same moment
    return answer, read
