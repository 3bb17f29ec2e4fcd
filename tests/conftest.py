"""What tests share: a PostgreSQL server, a fresh migrated database for each test, and the services on it.

The server is the one of TEST_POSTGRES_URL, or the embedded one in a temporary folder. For the others see `servers.py`.
"""

import gc
import os
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings
from sqlalchemy.engine import make_url

from kinoteka import embedded, migrations
from kinoteka.app import create_app
from kinoteka.bootstrap import Services, open_services
from kinoteka.database import Database, open_database
from kinoteka.settings import Settings
from tests.databases import new_database
from tests.servers import own_settings, remove_indexes

# A busy machine is no failure: how long an example takes is nobody's test.
hypothesis_settings.register_profile("kinoteka", deadline=None, suppress_health_check=[HealthCheck.too_slow])
hypothesis_settings.load_profile("kinoteka")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What takes long begins first: nobody waits for it in the end with one processor at work."""
    items.sort(key=lambda item: item.get_closest_marker("slow") is None)


def pytest_collection_finish() -> None:
    """Modules and tests stay: looking through them for garbage again and again took a tenth of the time."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session")
async def postgres_url(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[str]:
    """A server on which databases may be created."""
    if url := os.environ.get("TEST_POSTGRES_URL"):
        yield url
        return
    with embedded.hold(tmp_path_factory.mktemp("embedded")) as lease:
        async with embedded.postgres(lease) as url:
            yield url


@pytest.fixture(scope="session", autouse=True)
async def no_index_stays() -> AsyncIterator[None]:
    yield
    await remove_indexes()


@pytest.fixture(scope="session")
async def template(postgres_url: str) -> AsyncIterator[str]:
    """The name of a migrated database without connections, to be cloned."""
    async with new_database(postgres_url) as url:
        database = open_database(url, 2)
        await migrations.upgrade(database)
        await database.close()
        yield _name(url)


@pytest.fixture
async def empty_database_url(postgres_url: str) -> AsyncIterator[str]:
    """A database with nothing in it, not even the schema."""
    async with new_database(postgres_url) as url:
        yield url


@pytest.fixture
async def database_url(postgres_url: str, template: str) -> AsyncIterator[str]:
    """A clone of the template, dropped after the test."""
    async with new_database(postgres_url, template) as url:
        yield url


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    database = open_database(database_url, 4)
    yield database
    await database.close()


@pytest.fixture(autouse=True)
def no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("KINOTEKA_")]:
        monkeypatch.delenv(name)


@pytest.fixture
async def settings(tmp_path: Path) -> AsyncIterator[Settings]:
    """The defaults, with a data folder of the test's own and names of its own on the servers."""
    async with own_settings(tmp_path / "data") as settings:
        yield settings


@pytest.fixture
async def services(settings: Settings, database_url: str) -> AsyncIterator[Services]:
    async with open_services(settings, database_url) as services:
        yield services


@pytest.fixture
async def client(services: Services) -> AsyncIterator[httpx.AsyncClient]:
    """Speaks to the whole ASGI application, with no socket between."""
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(create_app(services)), base_url="http://kinoteka.test"
    ) as client:
        yield client


def _name(url: str) -> str:
    return make_url(url).database or ""
