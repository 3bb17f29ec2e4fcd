"""Each server killed, paused, slow, and back: what goes on, what says that it does not, and no restart is needed."""

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from uuid import uuid4

import asyncpg
import httpx
import pytest

from tests.e2e.own_servers import Servers, own_servers
from tests.e2e.program import Program, serve, until

HOW = ["killed", "paused", "slow"]
LIST = "/api/v1/films?sort=title&page_size=20"
Stack = tuple[Servers, Program, str]


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """The demo catalogue on servers of its own, answered by two processes."""
    data = tmp_path_factory.mktemp("outages") / "data"
    with own_servers(os.environ.get("PYTEST_XDIST_WORKER", "gw0")) as (servers, named):
        settings = {
            "KINOTEKA_DATABASE_URL": named["TEST_POSTGRES_URL"],
            "KINOTEKA_ELASTICSEARCH_URL": named["TEST_ELASTICSEARCH_URL"],
            "KINOTEKA_REDIS_URL": named["TEST_REDIS_URL"],
            "KINOTEKA_OBJECTS_URL": f"s3://{named['TEST_S3_BUCKET']}/outages",
            "KINOTEKA_S3_ENDPOINT": named["TEST_S3_ENDPOINT"],
            "KINOTEKA_S3_ACCESS_KEY": named["TEST_S3_ACCESS_KEY"],
            "KINOTEKA_S3_SECRET_KEY": named["TEST_S3_SECRET_KEY"],
            "KINOTEKA_PROCESSES": "2",
        }
        with serve(data, "--demo", **settings) as program:
            until(lambda: states(program)["status"] == "up", "everything")
            yield servers, program, named["TEST_POSTGRES_URL"]


@pytest.fixture
def program(stack: Stack) -> Iterator[Program]:
    """Well again at the end, without a restart of any process."""
    _, program, _ = stack
    family = program.family()
    yield program
    until(lambda: states(program)["status"] == "up", "everything again")
    assert program.family() == family
    assert "server error" not in program.said()


@pytest.fixture(params=HOW)
def fail(stack: Stack, request: pytest.FixtureRequest) -> Callable[[str], AbstractContextManager[None]]:
    servers, _, _ = stack
    how: Callable[[str], AbstractContextManager[None]] = getattr(servers, request.param)
    return how


Fail = Callable[[str], AbstractContextManager[None]]


def states(program: Program) -> dict[str, str]:
    readiness = program.get("/health/ready").json()
    return {"status": readiness["status"], **{check["name"]: check["state"] for check in readiness["checks"]}}


def until_degraded(program: Program, name: str) -> None:
    def is_seen() -> bool:
        seen = states(program)
        return seen[name] == seen["status"] == "degraded"

    until(is_seen, "the outage to be seen")


def ask(program: Program, path: str, status: int = 200) -> httpx.Response:
    response = program.get(path)
    assert response.status_code == status, (path, response.text)
    if status == 503:
        assert int(response.headers["retry-after"]) > 0
    return response


def a_film(program: Program) -> str:
    return str(program.get(LIST).json()["items"][0]["id"])


def unknown() -> str:
    return f"/api/v1/films/{uuid4()}"


def new_list() -> str:
    """An address that nobody has asked for yet."""
    return f"/api/v1/films?minutes_to={300 + uuid4().int % 90_000}"


def new_search() -> str:
    return f"/api/v1/search?q=stalker&minutes_to={300 + uuid4().int % 90_000}"


async def rename(database: str, film: str) -> str:
    title = f"Renamed {uuid4().hex}"
    connection = await asyncpg.connect(database)
    try:
        await connection.execute("UPDATE film SET title = $1, version = version + 1 WHERE id = $2", title, film)
    finally:
        await connection.close()
    return title


def shows(program: Program, film: str, title: str) -> bool:
    return bool(program.get(f"/api/v1/films/{film}").json().get("title") == title)


async def test_without_postgresql_reading_goes_on(program: Program, fail: Fail, stack: Stack) -> None:
    film = a_film(program)
    with fail("postgres"):
        until_degraded(program, "database")
        for path in (LIST, new_list(), new_search(), f"/api/v1/films/{film}", "/api/v1/search/suggest?q=st"):
            ask(program, path)
        with ThreadPoolExecutor(40) as crowd:
            answers = list(crowd.map(lambda _: program.get(unknown()).status_code, range(120)))
        assert set(answers) <= {503, 404}  # a slow one may get a word in
        ask(program, "/health/live")
    until(lambda: program.get(unknown()).status_code == 404, "the database again")
    title = await rename(stack[2], film)
    until(lambda: shows(program, film, title), "the feed again")


async def test_without_elasticsearch_films_are_read_from_the_database(
    program: Program, fail: Fail, stack: Stack
) -> None:
    film = a_film(program)
    for _ in range(4):
        ask(program, LIST)  # in the memory of both processes by then, or in Redis
    with fail("elasticsearch"):
        until_degraded(program, "index")
        ask(program, LIST)
        ask(program, f"/api/v1/films/{film}")
        ask(program, unknown(), 404)
        with ThreadPoolExecutor(40) as crowd:
            answers = list(crowd.map(lambda _: program.get(new_search()).status_code, range(120)))
        assert set(answers) <= {503, 200}
        assert 503 in answers
        title = await rename(stack[2], film)
    until(lambda: all(program.get(new_search()).status_code == 200 for _ in range(8)), "search again, in every process")
    until(lambda: shows(program, film, title), "the change made meanwhile")


async def test_without_redis_everything_goes_on(program: Program, fail: Fail, stack: Stack) -> None:
    film = a_film(program)
    with fail("redis"):
        until_degraded(program, "cache")
        for path in (LIST, new_list(), new_search(), f"/api/v1/films/{film}", "/api/v1/genres"):
            ask(program, path)
        ask(program, unknown(), 404)
        title = await rename(stack[2], film)
        until(lambda: shows(program, film, title), "a change without Redis")
    title = await rename(stack[2], film)
    until(lambda: shows(program, film, title), "a change with Redis again")


def test_without_elasticsearch_and_redis_old_answers_are_marked(program: Program, stack: Stack) -> None:
    servers, _, _ = stack
    for _ in range(8):
        ask(program, LIST)
    with servers.killed("redis"), servers.killed("elasticsearch"):
        until(lambda: "detail=unavailable" in program.get(LIST).headers.get("cache-status", ""), "a marked answer")
        ask(program, new_search(), 503)
        ask(program, f"/api/v1/films/{uuid4()}", 404)


def test_without_s3_reading_goes_on(program: Program, fail: Fail) -> None:
    with fail("s3"):
        until_degraded(program, "objects")
        for path in (LIST, new_list(), new_search(), f"/api/v1/films/{a_film(program)}"):
            ask(program, path)


def test_with_nothing_to_read_from_it_is_not_ready(program: Program, stack: Stack) -> None:
    servers, _, _ = stack
    with servers.killed("elasticsearch"), servers.killed("postgres"):
        until(lambda: program.get("/health/ready").status_code == 503, "the outage to be seen")
        ask(program, "/health/live")
        ask(program, unknown(), 503)
