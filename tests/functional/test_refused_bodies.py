"""Whoever is refused before the body has come reads why, however late it comes."""

import asyncio

from applications import Own
from real_socket import served

BODY = b"x" * 500_000
UNAUTHORIZED = [b"/api/v1/me/imports", b"/api/v1/films"]
WAIT = 0.3
"""Seconds before the body follows: the refusal is ready long before."""


async def test_a_refusal_is_read_though_the_body_comes_late(shared: Own) -> None:
    async with served(shared.app) as address:
        port = int(address.rpartition(":")[2])
        for path in UNAUTHORIZED:
            assert b"401" in await _post(port, path), path


async def _post(port: int, path: bytes) -> bytes:
    """The first line of the answer."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"POST %s HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n" % path)
    writer.write(b"Content-Length: %d\r\n\r\n" % len(BODY))
    await writer.drain()
    await asyncio.sleep(WAIT)
    for start in range(0, len(BODY), 50_000):
        writer.write(BODY[start : start + 50_000])
        await writer.drain()
        await asyncio.sleep(0.01)
    line = await reader.readline()
    writer.close()
    return line
