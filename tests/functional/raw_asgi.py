"""Speaks ASGI by hand, for what HTTP clients hide."""

import asyncio
from typing import Any

from litestar.types import ASGIApp


def make_scope(path: str, method: str = "GET") -> dict[str, Any]:
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "headers": [(b"host", b"kinoteka.test")],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 80),
        "state": {},
    }


async def messages(app: ASGIApp, path: str, method: str = "GET") -> list[Any]:
    """Everything that was sent."""
    sent: list[Any] = []

    body = iter([{"type": "http.request", "body": b"", "more_body": False}])

    async def receive() -> Any:
        """The body, then nothing more: the client stays and waits."""
        return next(body, None) or await asyncio.Event().wait()

    async def send(message: Any) -> None:
        sent.append(message)

    await app(make_scope(path, method), receive, send)  # type: ignore[arg-type] # a plain scope
    return sent
