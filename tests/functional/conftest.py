"""The whole application over HTTP: `api` on a catalogue that nobody changes, `own` on one that a test may change.

`api` is signed in, for an account may read whatever nobody may; `own` is not.
"""

import logging
import os
from collections.abc import AsyncIterator, Iterator

import pytest
import structlog
from applications import Own, application
from checked_api import Api
from people import new_person
from secrecy import SECRECY, CurrentStderr
from small_catalogue import FILMS, OUTSIDERS, fill, index
from sqlalchemy.engine import make_url
from tests.databases import new_database
from tests.servers import own_settings

from kinoteka.bootstrap import Services, open_services
from kinoteka.settings import Settings
from kinoteka.web import logging as web_logging

UNLIMITED = {"searches_per_minute": 0, "exports_per_hour": 0, "access_token_seconds": 3600}
_NEEDS = {"test_cache_shared.py": "TEST_REDIS_URL", "test_redis_outage.py": "TEST_REDIS_URL"}
collect_ignore = [file for file, variable in _NEEDS.items() if variable not in os.environ]


@pytest.fixture(scope="session", autouse=True)
def nothing_secret_is_written() -> Iterator[None]:
    """Logs are written as the program does, and looked through test by test; what was found fails the whole run."""
    handlers, level, before = logging.root.handlers[:], logging.root.level, structlog.get_config()
    web_logging.configure(Settings(log_format="json"), CurrentStderr())  # type: ignore[arg-type] # as much of it as is used
    yield
    structlog.configure(**before)
    logging.root.handlers[:], logging.root.level = handlers, level
    assert SECRECY.leaks == []


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    if report.nodeid.startswith("tests/functional/"):
        SECRECY.look(report.nodeid, report.capstdout + report.capstderr)


@pytest.fixture(scope="session")
async def shared(postgres_url: str, template: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Own]:
    async with (
        new_database(postgres_url, template) as url,
        own_settings(tmp_path_factory.mktemp("read")) as given,
        open_services(given.model_copy(update=UNLIMITED), url) as services,
    ):
        await fill(services.database, FILMS)
        await index(services)
        async with application(services) as own:
            own.api.client.headers.update((await new_person(services)).headers)
            yield own


@pytest.fixture
def api(shared: Own) -> Api:
    return shared.api


@pytest.fixture
async def own(services: Services) -> AsyncIterator[Own]:
    """On a few films only."""
    await fill(services.database, OUTSIDERS)
    await index(services)
    async with application(services) as own:
        yield own


@pytest.fixture
async def cut_off(own: Own) -> AsyncIterator[Own]:
    """The application of `own`, its database behind an address where nobody listens."""
    nowhere = make_url(own.services.database.dsn).set(host="127.0.0.1", port=1, query={})
    await own.services.engine.close()
    url = nowhere.render_as_string(hide_password=False)
    async with open_services(own.services.settings, url) as services, application(services) as broken:
        yield broken
    await own.services.engine.open()
