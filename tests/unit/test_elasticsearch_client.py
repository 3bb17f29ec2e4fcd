"""What stands between us and the cluster may answer in its place."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from kinoteka.search.elasticsearch.client import Client, NoSuchIndexError, NotTakenError
from kinoteka.search.engine import EngineUnavailableError

PAGE = b"<html><h1>Not here</h1></html>"
FAILURES = 3
"""On end; then the breaker opens."""


@asynccontextmanager
async def answering(
    status: int, body: bytes, kind: str = "application/json", product: str = "Elasticsearch"
) -> AsyncIterator[Client]:
    """The client of a server that always answers so, and says what it is."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while (await reader.readuntil(b"\r\n\r\n")).startswith(b"GET"):
            named = f"X-Elastic-Product: {product}\r\n" if product else ""
            head = f"HTTP/1.1 {status} X\r\n{named}Content-Type: {kind}\r\n"
            writer.write(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
            await writer.drain()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await answer(reader, writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    client = Client([f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"])
    try:
        yield client
    finally:
        await client.close()
        server.close()


@pytest.mark.parametrize("status", [200, 400, 404, 502, 503])
async def test_a_page_of_a_proxy_is_no_answer_of_the_cluster(status: int) -> None:
    async with answering(status, PAGE, "text/html; charset=utf-8") as client:
        with pytest.raises(EngineUnavailableError, match="Not here") as told:
            await client.read("GET", "/kinoteka-movies/_doc/1")
    assert not isinstance(told.value, NoSuchIndexError)


@pytest.mark.parametrize("body", [b"", b'{"message":"no route"}', b'{"error":"Not Found"}'])
async def test_what_a_proxy_does_not_find_is_no_missing_document_and_no_missing_index(body: bytes) -> None:
    async with answering(404, body, product="") as client:
        with pytest.raises(EngineUnavailableError) as told:
            await client.read("GET", "/kinoteka-movies/_doc/1")
    assert not isinstance(told.value, NoSuchIndexError)


async def test_what_a_proxy_finds_too_large_is_not_taken() -> None:
    async with answering(413, PAGE, "text/html") as client:
        with pytest.raises(NotTakenError, match="Not here"):
            await client.write("GET", "/_bulk")


@pytest.mark.parametrize(
    ("status", "body", "error"),
    [
        (404, b'{"_id":"1","found":false}', None),
        (404, b'{"error":{"type":"index_not_found_exception"},"status":404}', NoSuchIndexError),
        (400, b'{"error":{"type":"parsing_exception"},"status":400}', NotTakenError),
    ],
)
async def test_whoever_answers_is_there_again(status: int, body: bytes, error: type[Exception] | None) -> None:
    async with answering(status, body) as client:
        for _ in range(FAILURES - 1):
            client._breaker.failed()
        if error is None:
            assert await client.read("GET", "/x") == body
        else:
            with pytest.raises(error):
                await client.read("GET", "/x")
        client._breaker.failed()
        assert client._breaker.admits()
