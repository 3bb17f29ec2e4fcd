"""What stands between us and the cluster may answer in its place."""

import asyncio
import ssl
from base64 import b64encode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import certifi
import elastic_transport
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from elastic_transport.client_utils import url_to_node_config
from elasticsearch import ElasticsearchWarning

from kinoteka.search.elasticsearch.client import Client, NoSuchIndexError, NotTakenError
from kinoteka.search.elasticsearch.node import ReqwestNode
from kinoteka.search.engine import EngineUnavailableError

PAGE = b"<html><h1>Not here</h1></html>"
FAILURES = 3
"""On end; then the breaker opens."""


@asynccontextmanager
async def serving(
    status: int,
    body: bytes,
    kind: str = "application/json",
    product: str = "Elasticsearch",
    more: str = "",
    certificate: Path | None = None,
    heads: list[bytes] | None = None,
) -> AsyncIterator[str]:
    """The address of a server that always answers so, and says what it is. `heads` takes what it was asked."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while (head := await reader.readuntil(b"\r\n\r\n")).startswith(b"GET"):
            if heads is not None:
                heads.append(head)
            named = f"X-Elastic-Product: {product}\r\n" if product else ""
            begun = f"HTTP/1.1 {status} X\r\n{named}{more}Content-Type: {kind}\r\n"
            writer.write(f"{begun}Content-Length: {len(body)}\r\n\r\n".encode() + body)
            await writer.drain()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await answer(reader, writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    context = _server_context(certificate) if certificate else None
    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=context)
    try:
        yield f"{'https' if certificate else 'http'}://kinoteka:se%3Acret@127.0.0.1:{_port(server)}"
    finally:
        server.close()


@asynccontextmanager
async def silent() -> AsyncIterator[str]:
    """The address of a server that accepts and never answers."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{_port(server)}"
    finally:
        server.close()


@asynccontextmanager
async def asking(*urls: str, read_seconds: float = 2.0) -> AsyncIterator[Client]:
    client = Client(urls, read_seconds)
    try:
        yield client
    finally:
        await client.close()


@asynccontextmanager
async def answering(status: int, body: bytes, kind: str = "application/json", **more: Any) -> AsyncIterator[Client]:
    """The client of such a server."""
    async with serving(status, body, kind, **more) as url, asking(url) as client:
        yield client


def _port(server: asyncio.Server) -> int:
    port: int = server.sockets[0].getsockname()[1]
    return port


def _server_context(certificate: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    return make_certificate(tmp_path / "certificate.pem")


def make_certificate(file: Path) -> Path:
    """Of 127.0.0.1, signed by itself, and its key."""
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([])
    now = datetime.now(UTC)
    built = x509.CertificateBuilder(name, name, key.public_key(), 1, now, now + timedelta(days=1))
    alternative = x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))])
    signed = built.add_extension(alternative, critical=True).sign(key, SHA256())
    pem = serialization.Encoding.PEM
    secret = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    file.write_bytes(signed.public_bytes(pem) + secret)
    return file


async def test_a_certificate_that_nobody_vouches_for_is_refused(certificate: Path) -> None:
    async with answering(200, b"{}", certificate=certificate) as client:
        with pytest.raises(EngineUnavailableError, match="certificate"):
            await client.read("GET", "/")


async def test_a_certificate_that_the_system_trusts_is_taken(
    certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    async with answering(200, b"{}", certificate=certificate) as client:
        assert await client.read("GET", "/") == b"{}"


async def test_where_the_system_trusts_nobody_the_usual_authorities_are_trusted(
    certificate: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bundle = tmp_path / "bundle.pem"
    another = make_certificate(tmp_path / "another.pem")
    bundle.write_bytes(b"".join(file.read_bytes().partition(b"-----BEGIN PRIV")[0] for file in (another, certificate)))
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("SSL_CERT_DIR", str(tmp_path / "none"))
    monkeypatch.setattr(certifi, "where", lambda: str(bundle))
    async with answering(200, b"{}", certificate=certificate) as client:
        assert await client.read("GET", "/") == b"{}"


async def test_without_tls_nobody_needs_to_be_trusted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("SSL_CERT_DIR", str(tmp_path / "none"))
    async with answering(200, b"{}") as client:
        assert await client.read("GET", "/") == b"{}"


async def test_what_one_node_does_not_answer_another_is_asked() -> None:
    async with serving(200, b"{}") as gone:
        pass
    async with serving(200, b"{}") as good, silent() as hangs:
        for bad in (gone, hangs):
            async with asking(bad, good, read_seconds=1.0) as client:
                assert [await client.read("GET", "/") for _ in range(4)] == [b"{}"] * 4


async def test_who_never_answers_is_told_from_who_is_not_there() -> None:
    async with serving(200, b"{}") as gone:
        pass
    async with silent() as hangs:
        for url, kind in ((hangs, elastic_transport.ConnectionTimeout), (gone, elastic_transport.ConnectionError)):
            node = ReqwestNode(url_to_node_config(url))
            with pytest.raises(kind):
                await node.perform_request("GET", "/", request_timeout=0.2)
            await node.close()


async def test_who_never_answers_is_not_waited_for() -> None:
    async with silent() as hangs, asking(hangs, read_seconds=0.3) as client:
        with pytest.raises(EngineUnavailableError, match=r"timed out|in time"):
            await client.read("GET", "/")


async def test_no_proxy_of_the_environment_and_no_other_address_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    heads: list[bytes] = []
    async with serving(200, b"{}", heads=heads) as elsewhere:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, elsewhere)
        async with answering(302, b"{}", more=f"Location: {elsewhere}/\r\n") as client:
            with pytest.raises(EngineUnavailableError, match="302"):
                await client.read("GET", "/")
    assert heads == []


async def test_what_elasticsearch_warns_of_is_passed_on() -> None:
    async with answering(200, b"{}", more='Warning: 299 Elasticsearch "old words"\r\n') as client:
        with pytest.warns(ElasticsearchWarning, match="old words"):
            await client.read("GET", "/")


async def test_the_user_of_the_address_is_sent_and_nothing_that_the_next_release_does_not_know() -> None:
    heads: list[bytes] = []
    async with answering(200, b"{}", heads=heads) as client:
        await client.read("GET", "/x?filter_path=a,b&preference=_local")
    [head] = heads
    assert head.startswith(b"GET /x?filter_path=a,b&preference=_local HTTP/1.1\r\n")
    sent = {name.lower(): value for name, _, value in (line.partition(b": ") for line in head.split(b"\r\n"))}
    assert sent[b"authorization"] == b"Basic " + b64encode(b"kinoteka:se:cret")
    assert sent[b"accept"] == b"application/vnd.elasticsearch+json; compatible-with=9"
    assert b"accept-encoding" not in sent


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
