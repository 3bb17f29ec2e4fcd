"""What whoever runs it sees: health, metrics, doctor, the demo loader; with the database there and gone."""

import asyncio
import socket
import time
from asyncio import Event
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from pydantic import SecretStr
from sqlalchemy import text

from kinoteka.app import create_app
from kinoteka.bootstrap import Services, open_services
from kinoteka.database import Database
from kinoteka.indexer import worker
from kinoteka.ops import demo_catalogue, doctor
from kinoteka.ops.doctor import Finding
from kinoteka.settings import Settings

NO_OBJECTS: dict[str, Any] = {
    "objects_url": "s3://bucket",
    "s3_endpoint": "http://127.0.0.1:1",
    "s3_access_key": "key",
    "s3_secret_key": SecretStr("secret"),
}


@pytest.fixture
async def kept_in_step(services: Services) -> AsyncIterator[Services]:
    """Services with a running indexer."""
    stop = Event()
    task = asyncio.create_task(worker.run(services.database, services.engine, services.tokens, stop, services.phases))
    yield services
    stop.set()
    await task


async def until_ready(client: httpx.AsyncClient) -> dict[str, object]:
    deadline = time.monotonic() + 60
    while (answer := (await client.get("/health/ready")).json())["status"] != "up":
        assert time.monotonic() < deadline
        await asyncio.sleep(0.02)
    return dict(answer)


async def test_not_ready_without_an_index_and_alive_all_the_same(client: httpx.AsyncClient) -> None:
    assert (await client.get("/health/live")).json() == {"status": "up"}
    answer = await client.get("/health/ready")
    assert answer.status_code == 503
    assert int(answer.headers["retry-after"]) > 0
    assert answer.json()["status"] == "down"
    assert {check["name"]: check["state"] for check in answer.json()["checks"]}["index"] == "down"


async def test_ready_once_the_index_is_there(kept_in_step: Services, client: httpx.AsyncClient) -> None:
    answer = await until_ready(client)
    assert answer["feed_age"] == 0
    assert [check["name"] for check in answer["checks"]] == ["database", "index", "feed", "cache", "objects"]  # type: ignore[attr-defined] # JSON


async def test_a_feed_that_stands_still_is_said(services: Services, client: httpx.AsyncClient) -> None:
    async with services.database.transaction() as connection:
        old = "INSERT INTO search_outbox (kind, doc_id, at) SELECT 'f', gen_random_uuid(), now() - interval '1 hour'"
        await connection.execute(text(old))
    answer = (await client.get("/health/ready")).json()
    assert answer["feed_age"] > 3500
    assert {check["name"]: check["state"] for check in answer["checks"]}["feed"] == "degraded"


async def test_metrics_name_the_feed_and_the_requests(kept_in_step: Services, client: httpx.AsyncClient) -> None:
    await until_ready(client)
    answer = await client.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain")
    for line in ("kinoteka_database_up 1.0", "kinoteka_feed_age_seconds 0.0", "kinoteka_index_films 0.0"):
        assert line in answer.text
    assert 'route="/health/ready"' in answer.text


async def test_without_the_database_health_and_metrics_still_answer(settings: Settings) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    async with (
        open_services(settings, f"postgresql://nobody@127.0.0.1:{port}/none") as services,
        httpx.AsyncClient(
            transport=httpx.ASGITransport(create_app(services)), base_url="http://kinoteka.test"
        ) as client,
    ):
        answer = (await client.get("/health/ready")).json()
        assert answer["feed_age"] is None
        assert {check["name"]: check["state"] for check in answer["checks"]}["database"] == "degraded"
        assert "kinoteka_database_up 0.0" in (await client.get("/metrics")).text


async def test_without_the_objects_readiness_is_degraded_and_says_so(settings: Settings, database_url: str) -> None:
    away = settings.model_copy(update=NO_OBJECTS)
    async with (
        open_services(away, database_url) as services,
        httpx.AsyncClient(
            transport=httpx.ASGITransport(create_app(services)), base_url="http://kinoteka.test"
        ) as client,
    ):
        checks = {check["name"]: check for check in (await client.get("/health/ready")).json()["checks"]}
    assert checks["objects"]["state"] == "degraded"
    assert "s3://bucket does not answer" in checks["objects"]["detail"]


async def test_doctor_asks_the_object_store(tmp_path: Path) -> None:
    away = Settings(data=tmp_path / "data", port=0, **NO_OBJECTS)
    assert not found(await doctor.examine(away), "objects").good


async def test_the_demo_catalogue_loads_once_and_for_all(database: Database) -> None:
    assert await demo_catalogue.is_empty(database)
    first, second = await demo_catalogue.load(database), await demo_catalogue.load(database)
    assert first.new == len(demo_catalogue.list_films())
    assert (first.refused_rows, first.mended) == (0, {})
    assert (second.new, second.changed, second.unchanged) == (0, 0, first.new)
    assert not await demo_catalogue.is_empty(database)
    async with database.transaction() as connection:
        m, c = (await connection.execute(text("SELECT m, c FROM rating_weight"))).one()
    assert 50 <= m <= 5000
    assert 5 < c < 9


def found(findings: list[Finding], name: str) -> Finding:
    (finding,) = (finding for finding in findings if finding.name == name)
    return finding


async def test_doctor_on_a_sound_machine(tmp_path: Path) -> None:
    findings = await doctor.examine(Settings(data=tmp_path / "data", port=0))
    assert [finding.name for finding in findings if not finding.good] == ["schema"]
    assert "kinoteka db upgrade" in found(findings, "schema").advice
    assert found(findings, "PostgreSQL").found.startswith("18.")


async def test_doctor_says_what_to_do(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        wrong = Settings(data=tmp_path, port=port, database_url="postgresql://nobody@127.0.0.1:1/none")
        findings = await doctor.examine(wrong)
    assert not found(findings, "port").good
    assert not found(findings, "PostgreSQL").good
    assert "KINOTEKA_DATABASE_URL" in found(findings, "PostgreSQL").advice
    assert all(finding.advice for finding in findings if not finding.good)


async def test_doctor_of_a_migrated_database(database_url: str, tmp_path: Path) -> None:
    findings = await doctor.examine(Settings(data=tmp_path, port=0, database_url=database_url))
    assert found(findings, "schema").good
    assert not found(findings, "search index").good


async def test_doctor_says_which_server_is_away(database_url: str, tmp_path: Path) -> None:
    away = Settings(
        data=tmp_path,
        port=0,
        database_url=database_url,
        elasticsearch_url="http://127.0.0.1:1",
        redis_url="redis://127.0.0.1:1",
    )
    findings = await doctor.examine(away)
    assert "KINOTEKA_ELASTICSEARCH_URL" in found(findings, "Elasticsearch").advice
    assert "KINOTEKA_REDIS_URL" in found(findings, "Redis").advice
    assert not [finding for finding in findings if finding.name in ("data folder", "free disk", "objects")]
