"""Restores on PostgreSQL, Elasticsearch and S3 servers, killed in the middle, as the one-shot service of compose.

Collected where the servers are.
"""

import asyncio
import os
import signal
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import uuid4

import asyncpg
import httpx
import pytest

from kinoteka.objects import S3, s3_objects
from tests.e2e.program import KINOTEKA, environment, run

KILLS = [("begun", 0.0), ("begun", 0.1), ("begun", 0.3), ("done", 0.0), ("done", 0.2)]
"""Seconds after the restoring transaction was seen to have begun, or its COMMIT."""
SEEN = {
    "begun": "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE application_name = 'kinoteka-backup'"
    " AND datname = current_database() AND xact_start IS NOT NULL)",
    "done": "SELECT to_regclass('film') IS NOT NULL",
}


@pytest.fixture
async def shared(servers: dict[str, str]) -> AsyncIterator[dict[str, str]]:
    """With objects on S3 and snapshots, of this test alone."""
    place = f"s3://{os.environ['TEST_S3_BUCKET']}/test-{uuid4().hex}"
    keys = {name: os.environ[f"TEST_S3_{name}"] for name in ("ENDPOINT", "ACCESS_KEY", "SECRET_KEY", "REGION")}
    more = {f"KINOTEKA_S3_{name}": value for name, value in keys.items()}
    more |= {
        "KINOTEKA_OBJECTS_URL": place,
        "KINOTEKA_ELASTICSEARCH_SNAPSHOTS": os.environ["TEST_ELASTICSEARCH_SNAPSHOTS"],
    }
    yield servers | more
    objects = s3_objects(S3(place, keys["REGION"], keys["ENDPOINT"], keys["ACCESS_KEY"], keys["SECRET_KEY"]))
    await objects.delete([info.key async for info in objects.walk()])
    forget_snapshots(servers)


def forget_snapshots(servers: dict[str, str]) -> None:
    repository = f"/_snapshot/{servers['KINOTEKA_ELASTICSEARCH_PREFIX']}kinoteka"
    httpx.delete(f"{node(servers)}{repository}/*", timeout=60)
    httpx.delete(f"{node(servers)}{repository}", timeout=60)


def node(servers: dict[str, str]) -> str:
    return servers["KINOTEKA_ELASTICSEARCH_URL"].split(",")[0]


def lose_index(servers: dict[str, str]) -> None:
    listed = httpx.get(
        f"{node(servers)}/_cat/indices/{servers['KINOTEKA_ELASTICSEARCH_PREFIX']}*?format=json", timeout=60
    )
    for index in listed.json():
        httpx.delete(f"{node(servers)}/{index['index']}", timeout=60).raise_for_status()


async def lose_database(servers: dict[str, str]) -> None:
    connection = await asyncpg.connect(servers["KINOTEKA_DATABASE_URL"])
    await connection.execute("DROP SCHEMA public CASCADE")
    await connection.execute("CREATE SCHEMA public")
    await connection.close()


async def count(servers: dict[str, str], table: str) -> int | None:
    """None where there is no such table."""
    connection = await asyncpg.connect(servers["KINOTEKA_DATABASE_URL"])
    try:
        return int(await connection.fetchval(f"SELECT count(*) FROM {table}"))
    except asyncpg.UndefinedTableError:
        return None
    finally:
        await connection.close()


@pytest.mark.slow
async def test_kills_at_any_moment_leave_it_to_the_next_start(shared: dict[str, str], tmp_path: Path) -> None:
    data = tmp_path / "data"
    assert run(data, "demo", "load", **shared).returncode == 0
    assert run(data, "index", "rebuild", **shared).returncode == 0
    made = run(data, "backup", "create", **shared)
    assert made.returncode == 0, made.stderr
    assert "without the index" not in made.stdout
    films, credits_ = await count(shared, "film"), await count(shared, "credit")
    for moment, seconds in KILLS:
        await lose_database(shared)
        lose_index(shared)
        await kill_at(moment, seconds, data, shared)
        assert await count(shared, "film") in (None, films)
        again = run(data, "backup", "restore", "--if-empty", **shared)
        assert again.returncode == 0, again.stderr
        assert (await count(shared, "film"), await count(shared, "credit")) == (films, credits_)
        assert run(data, "index", "reconcile", **shared).stdout.startswith("0 documents differed")
        assert count_indexed(shared) == films


def count_indexed(servers: dict[str, str]) -> int:
    answer = httpx.get(f"{node(servers)}/{servers['KINOTEKA_ELASTICSEARCH_PREFIX']}movies/_count", timeout=60)
    return int(answer.json()["count"])


async def kill_at(moment: str, seconds: float, data: Path, shared: dict[str, str]) -> None:
    process = subprocess.Popen(
        [*KINOTEKA, "backup", "restore", "--if-empty"],
        env=environment(data, **shared),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    connection = await asyncpg.connect(shared["KINOTEKA_DATABASE_URL"])
    while not await connection.fetchval(SEEN[moment]) and process.poll() is None:  # noqa: ASYNC110 - happens in PostgreSQL
        await asyncio.sleep(0.005)
    await connection.close()
    await asyncio.sleep(seconds)
    process.send_signal(signal.SIGKILL)
    process.wait()
