"""The whole application around services, and a client that checks its answers."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import httpx
from checked_api import Api
from litestar.types import ASGIApp
from secrecy import SECRECY, on_request, on_response

from kinoteka.app import create_app
from kinoteka.bootstrap import Services
from kinoteka.web.process import Process


@dataclass(frozen=True)
class Own:
    services: Services
    api: Api
    app: ASGIApp


@asynccontextmanager
async def application(services: Services, *, sees: bool = True) -> AsyncIterator[Own]:
    """`sees`: whether its tokens can be up to date; then they are when it begins."""
    process = Process()
    app = create_app(services, process)
    transport = httpx.ASGITransport(app)  # type: ignore[arg-type] # Litestar's scope types are narrower
    hooks = {"request": [on_request], "response": [on_response]}
    async with httpx.AsyncClient(transport=transport, base_url="http://kinoteka.test", event_hooks=hooks) as client:
        api = Api(client, (await client.get("/openapi.json")).content)
        async with asyncio.timeout(10):
            while sees and services.tokens.is_blind:  # noqa: ASYNC110 - all this took time that others had to wait
                await asyncio.sleep(0.01)
        yield Own(services, api, app)
        SECRECY.look("metrics", process.metrics.own_counts())
