"""One node of the cluster, over reqwest: half of what aiohttp takes of this process for a small request, measured."""

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from time import perf_counter
from typing import Any, NamedTuple

import certifi
from elastic_transport import (
    ApiResponseMeta,
    BaseAsyncNode,
    ConnectionError,  # noqa: A004 - elastic-transport's own name
    ConnectionTimeout,
    HttpHeaders,
    NodeConfig,
)
from pyreqwest.client import ClientBuilder
from pyreqwest.exceptions import PyreqwestError

_IDLE = timedelta(seconds=15)
"""How long an unused connection is kept; what stands between closes it later than that."""
_KEPT = ("content-type", "x-elastic-product")
"""Headers of an answer that anybody looks at."""


class Answered(NamedTuple):
    """In the shape of elastic-transport's own type, which is not public."""

    meta: ApiResponseMeta
    body: bytes


class ReqwestNode(BaseAsyncNode):
    """No cookies, no redirects, no proxies, nothing compressed: both sides stand beside each other."""

    _CLIENT_META_HTTP_CLIENT = ("rq", "0")

    def __init__(self, config: NodeConfig) -> None:
        super().__init__(config)
        builder = ClientBuilder().no_proxy().follow_redirects(False).referer(False)
        builder = builder.gzip(False).brotli(False).zstd(False).deflate(False)
        builder = builder.max_connections(config.connections_per_node).pool_idle_timeout(_IDLE)
        builder = builder.add_root_certificate_pem(Path(certifi.where()).read_bytes())  # a system may have none
        self._client = builder.default_headers(dict(self.headers)).build()
        self._base = self.base_url

    async def perform_request(  # type: ignore[override] # the base declares a default of a type that is not public
        self,
        method: str,
        target: str,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        request_timeout: Any = None,
    ) -> Any:
        """Raises elastic-transport's ConnectionError and ConnectionTimeout."""
        request = self._client.request(method, self._base + target)
        if headers:
            request = request.headers(dict(headers))
        if body:
            request = request.body_bytes(body)
        if request_timeout:
            request = request.timeout(timedelta(seconds=request_timeout))
        began = perf_counter()
        try:
            answer = await request.build().send()
            read = (await answer.bytes()).to_bytes()
        except TimeoutError as error:
            raise ConnectionTimeout("It did not answer in time", errors=(error,)) from error
        except PyreqwestError as error:
            raise ConnectionError(str(error), errors=(error,)) from error
        meta = ApiResponseMeta(
            status=answer.status,
            http_version="1.1",
            headers=HttpHeaders({name: value for name in _KEPT if (value := answer.get_header(name)) is not None}),
            duration=perf_counter() - began,
            node=self.config,
        )
        return Answered(meta, read)

    async def close(self) -> None:  # type: ignore[override] # as the base
        await self._client.close()
