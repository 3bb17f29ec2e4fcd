"""A site with nothing but accounts: `site` for all tests, `fresh` for one; `another` is a second process of `fresh`.

Its requests are traced, and what a collector gets of them is looked through for secrets.
"""

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest
from applications import Own, application
from elastic_transport import AsyncTransport
from opentelemetry.instrumentation.asyncpg import AsyncPGInstrumentor
from opentelemetry.instrumentation.redis import RedisInstrumentor
from opentelemetry.instrumentation.utils import unwrap
from secrecy import SECRECY
from tests.databases import new_database
from tests.e2e.collector import collect
from tests.servers import own_settings

from kinoteka.bootstrap import open_services
from kinoteka.settings import Settings
from kinoteka.tracing import opentelemetry
from kinoteka.tracing.opentelemetry import OpenTelemetry

# 127.0.0.1 is where test clients come from: what they say in X-Forwarded-For is their address.
GIVEN: dict[str, Any] = {"trusted_proxies": "127.0.0.1", "registrations_per_hour": 0, "access_token_seconds": 3600}


@pytest.fixture(scope="session")
async def tracing() -> AsyncIterator[OpenTelemetry]:
    """The one of this process."""
    with collect() as collector:
        tracing = opentelemetry.start(Settings(otlp_endpoint=collector.address))
        yield tracing
        await tracing.close()
        AsyncPGInstrumentor().uninstrument()  # type: ignore[no-untyped-call] # it has no types
        RedisInstrumentor().uninstrument()
        unwrap(AsyncTransport, "perform_request")
    assert collector.bodies
    for body in collector.bodies:  # texts stand in them as they are
        SECRECY.look("traces", body.decode(errors="replace"))


@pytest.fixture(scope="session")
async def site(
    postgres_url: str, template: str, tmp_path_factory: pytest.TempPathFactory, tracing: OpenTelemetry
) -> AsyncIterator[Own]:
    async with (
        new_database(postgres_url, template) as url,
        own_settings(tmp_path_factory.mktemp("site")) as settings,
        open_services(settings.model_copy(update=GIVEN), url) as services,
        application(replace(services, tracing=tracing)) as own,
    ):
        yield own


@pytest.fixture
async def fresh(settings: Settings, database_url: str, tracing: OpenTelemetry) -> AsyncIterator[Own]:
    given = settings.model_copy(update=GIVEN)
    async with (
        open_services(given, database_url) as services,
        application(replace(services, tracing=tracing)) as own,
    ):
        yield own


@pytest.fixture
async def shipped(settings: Settings, database_url: str) -> AsyncIterator[Own]:
    """Hashes passwords as hard as a site does."""
    given = settings.model_copy(update={**GIVEN, "password_mebibytes": Settings().password_mebibytes})
    async with open_services(given, database_url) as services, application(services) as own:
        yield own


@pytest.fixture
async def another(fresh: Own, database_url: str) -> AsyncIterator[Own]:
    """Its own memory, keys, copies; the same database and secret."""
    settings = fresh.services.settings
    elsewhere = settings.model_copy(update={"data": settings.data.with_name("another")})
    async with open_services(elsewhere, database_url) as services:
        services.accounts.secrets.__dict__["key"] = fresh.services.accounts.secrets.key
        async with application(services) as own:
            yield own
