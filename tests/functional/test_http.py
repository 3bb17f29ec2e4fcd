"""What HTTP itself promises: validators, codings, methods, negotiation, headers."""

import gzip
import json

import pytest
import zstandard
from applications import Own
from checked_api import Api
from raw_asgi import messages
from small_catalogue import STALKER, id_of

FILM = f"/films/{STALKER.id}"
PATHS = [
    "/films",
    FILM,
    "/films/top",
    "/films/by/imdb/tt0079944",
    f"{FILM}/similar",
    "/persons",
    f"/persons/{id_of('person', 'Everywhere Actor')}",
    "/genres",
    "/search?q=stalker",
    "/search/suggest?q=sta",
]


@pytest.mark.parametrize("path", PATHS)
async def test_an_etag_is_strong_and_spares_the_body(api: Api, path: str) -> None:
    full = await api.get(path)
    etag = full.headers["etag"]
    assert etag.startswith('"')
    assert etag.split(".")[0].strip('"').isdigit()
    for condition in (etag, f'"other", W/{etag}', "*"):
        unchanged = await api.get(path, 304, headers={"If-None-Match": condition})
        assert unchanged.content == b""
        assert unchanged.headers["etag"] == etag
        assert unchanged.headers["vary"] == full.headers["vary"]
    assert (await api.get(path, headers={"If-None-Match": '"1.other"'})).content == full.content


@pytest.mark.parametrize("coding", ["gzip", "zstd"])
async def test_codings_are_the_same_content(api: Api, coding: str) -> None:
    plain = await api.get("/films", headers={"Accept-Encoding": "identity"})
    async with api.client.stream("GET", "/api/v1/films", headers={"Accept-Encoding": coding}) as packed:
        raw = b"".join([chunk async for chunk in packed.aiter_raw()])
    unpack = gzip.decompress if coding == "gzip" else zstandard.ZstdDecompressor().decompressobj().decompress
    assert unpack(raw) == plain.content
    assert len(raw) < len(plain.content) / 4
    assert packed.headers["content-encoding"] == coding
    assert packed.headers["etag"] == plain.headers["etag"][:-1] + f'-{coding}"'
    assert packed.headers["content-length"] == str(len(raw))
    await api.get("/films", 304, headers={"Accept-Encoding": coding, "If-None-Match": packed.headers["etag"]})
    await api.get("/films", 200, headers={"Accept-Encoding": "identity", "If-None-Match": packed.headers["etag"]})


@pytest.mark.parametrize(
    ("accepted", "coding"),
    [
        ("gzip, deflate, br, zstd", "zstd"),
        ("gzip;q=1, zstd;q=0.5", "gzip"),
        ("*", "zstd"),
        ("zstd;q=0, *;q=0.1", "gzip"),
        ("gzip;q=0", None),
        ("br", None),
        ("identity, gzip;q=0.5", None),
        ("gzip;q=nonsense", None),
        ("", None),
    ],
)
async def test_the_client_chooses_the_coding(api: Api, accepted: str, coding: str | None) -> None:
    response = await api.get("/films", headers={"Accept-Encoding": accepted})
    assert response.headers.get("content-encoding") == coding
    assert response.headers["vary"] == "accept-encoding"


async def test_little_is_not_packed(api: Api) -> None:
    response = await api.get(f"/genres/{id_of('genre', 'Drama')}", headers={"Accept-Encoding": "zstd"})
    assert "content-encoding" not in response.headers
    assert response.headers["etag"].count("-") == 0


@pytest.mark.parametrize("path", [*PATHS, "/nothing/here", "/films/wrong"])
async def test_head_is_get_without_the_body(api: Api, path: str) -> None:
    head = await api.send("HEAD", path)
    get = await api.send("GET", path)
    assert head.content == b""
    assert head.status_code == get.status_code
    assert head.headers.get("etag") == get.headers.get("etag")
    assert head.headers["content-length"] == str(len(get.content)) or "content-encoding" in get.headers
    assert set(head.headers) == set(get.headers)


@pytest.mark.parametrize("path", ["/films", "/persons", "/nothing", "/films/wrong", "/films/export"])
async def test_head_sends_no_bytes_at_all(shared: Own, path: str) -> None:
    sent = await messages(shared.app, f"/api/v1{path}", "HEAD")
    assert sent[0]["type"] == "http.response.start"
    assert b"".join(message.get("body", b"") for message in sent) == b""
    assert any(message.get("body") for message in await messages(shared.app, f"/api/v1{path}"))


async def test_methods(api: Api) -> None:
    for method in ("POST", "PUT", "PATCH", "DELETE", "TRACE", "BREW"):
        response = await api.client.request(method, "/api/v1/films/top")
        assert response.status_code == 405, method
        assert response.headers["allow"] == "GET, HEAD, OPTIONS"
        assert response.headers["content-type"] == "application/problem+json"
    options = await api.client.options("/api/v1/films")
    assert options.status_code == 204
    assert options.headers["allow"] == "GET, HEAD, OPTIONS, POST"
    assert options.headers["x-content-type-options"] == "nosniff"


async def test_connect_has_an_instance_too(shared: Own) -> None:
    start, body = await messages(shared.app, "", "CONNECT")
    assert start["status"] in (404, 405)
    assert json.loads(body["body"])["instance"] == "/"


@pytest.mark.parametrize(
    ("accept", "status"),
    [
        ("application/json", 200),
        ("*/*", 200),
        ("application/*;q=0.1", 200),
        ("text/html, application/json;q=0.9", 200),
        ("text/html", 406),
        ("application/json;q=0", 406),
        ("", 200),
    ],
)
async def test_accept(api: Api, accept: str, status: int) -> None:
    for _ in range(2):  # the second time it is in the cache
        await api.get("/films?page_size=100", status, headers={"Accept": accept})
        await api.get("/films?page_size=100")


@pytest.mark.parametrize(
    ("given", "kept"), [("abcDEF-123_x.y", True), ("short", False), ("x" * 65, False), ("a b c d e f g", False)]
)
async def test_request_id(api: Api, given: str, kept: bool) -> None:
    for path in ("/films", "/films/wrong", "/nothing"):
        response = await api.send("GET", path, headers={"X-Request-ID": given})
        assert (response.headers["x-request-id"] == given) is kept
        if response.status_code >= 400:
            assert response.json()["trace_id"] == response.headers["x-request-id"]


async def test_request_ids_differ(api: Api) -> None:
    assert len({(await api.get("/films")).headers["x-request-id"] for _ in range(20)}) == 20


async def test_unknown_addresses_are_problems(api: Api) -> None:
    for path in (
        "/nothing",
        "/films/a/b/c/d",
        "/films/by/imdb",
        "/..%2f..%2fetc/passwd",
        "/films%00",
        "/%FF%FE",
        "/films/%ZZ",
    ):
        response = await api.client.get(f"/api/v1{path}")
        assert response.status_code in (404, 422), path
        assert response.headers["content-type"] == "application/problem+json"
        assert response.headers["cache-control"] == "no-store"


async def test_a_server_fault_tells_nothing_and_is_logged_once(own: Own, capsys: pytest.CaptureFixture[str]) -> None:
    async with own.services.database.transaction() as connection:
        await connection.exec_driver_sql("ALTER TABLE film RENAME TO picture")
    await own.services.tokens.hold(["film"])
    response = await own.api.client.get(f"/api/v1{FILM}")
    problem = response.json()
    assert (response.status_code, problem["title"]) == (500, "Internal server error")
    assert problem["trace_id"] == response.headers["x-request-id"]
    assert "picture" not in response.text
    assert "film\\" not in response.text
    assert "Traceback" not in response.text
    written = "".join(capsys.readouterr())
    assert written.count("server error") == 1
    assert problem["trace_id"] in written
    assert "UndefinedTable" in written
