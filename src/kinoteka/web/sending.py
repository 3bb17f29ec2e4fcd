"""Turns answers into ASGI messages."""

import asyncio
from contextlib import aclosing, suppress
from typing import Any

from litestar.types import Receive, Send

from kinoteka.web.answer import Header, Stream
from kinoteka.web.exchange import Exchange
from kinoteka.web.negotiation import matches
from kinoteka.web.rendered import Variant, compressed
from kinoteka.web.security import security_headers


async def send_variant(
    exchange: Exchange, variant: Variant, send: Send, status: int = 200, extra: tuple[Header, ...] = ()
) -> None:
    """A whole answer, or 304 when the client has it already."""
    condition = exchange.headers.get(b"if-none-match") if exchange.method in ("GET", "HEAD") else None
    if condition is not None and status == 200 and variant.etag and matches(condition, variant.etag):
        await send_whole(exchange, send, 304, variant.unchanged_headers + extra, b"")
    else:
        await send_whole(exchange, send, status, variant.headers + extra, variant.body)


async def send_whole(exchange: Exchange, send: Send, status: int, headers: tuple[Header, ...], body: bytes) -> None:
    exchange.status = status
    if exchange.method == "HEAD":
        body = b""
    exchange.sent_bytes = len(body)
    await send(_start(exchange, status, headers))
    await send({"type": "http.response.body", "body": body, "more_body": False})


async def send_stream(exchange: Exchange, stream: Stream, receive: Receive, send: Send) -> None:
    """Chunk by chunk; a client that goes away closes the source."""
    exchange.status = 200
    coding = exchange.coding
    headers = [
        (b"content-type", stream.media_type),
        (b"vary", b"accept, accept-encoding"),
        (b"cache-control", stream.cache_control),
        *(((b"content-encoding", coding.encode()),) if coding else ()),
        *stream.headers,
        *security_headers(),
    ]
    await send(_start(exchange, 200, tuple(headers)))
    if exchange.method != "HEAD":
        gone = asyncio.create_task(_until_gone(receive))
        try:
            await _pump(exchange, stream, send, gone)
        finally:
            gone.cancel()
            with suppress(asyncio.CancelledError):
                await gone
    await send({"type": "http.response.body", "body": b"", "more_body": False})


async def _pump(exchange: Exchange, stream: Stream, send: Send, gone: asyncio.Task[None]) -> None:
    async with aclosing(stream.chunks()) as chunks:
        async for chunk in compressed(chunks, exchange.coding):
            if gone.done():
                return
            exchange.sent_bytes += len(chunk)
            await send({"type": "http.response.body", "body": chunk, "more_body": True})


async def _until_gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def _start(exchange: Exchange, status: int, headers: tuple[Header, ...]) -> Any:
    return {
        "type": "http.response.start",
        "status": status,
        "headers": [*headers, *exchange.extra, (b"x-request-id", exchange.request_id.encode())],
    }
