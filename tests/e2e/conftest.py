"""What needs real servers is not collected where none are given."""

import os
from collections.abc import AsyncIterator

import pytest

from tests.servers import elasticsearch_prefix, own_redis_settings

SERVERS = ("TEST_POSTGRES_URL", "TEST_ELASTICSEARCH_URL", "TEST_REDIS_URL")
STORES = (*SERVERS, "TEST_S3_ENDPOINT", "TEST_ELASTICSEARCH_SNAPSHOTS")
OWN_SERVERS = ("TEST_SERVICES_SCRIPT", "TEST_SERVICES_FOLDER")


def _given(names: tuple[str, ...]) -> bool:
    return all(name in os.environ for name in names)


collect_ignore = [
    *(
        []
        if _given(SERVERS)
        else [
            "test_accounts_servers.py",
            "test_bench_servers.py",
            "test_editing_servers.py",
            "test_processes_servers.py",
            "test_relevance_servers.py",
            "test_scale_servers.py",
            "test_tracing_servers.py",
        ]
    ),
    *([] if _given(STORES) else ["test_backup_servers.py"]),
    *([] if _given(OWN_SERVERS) else ["test_outages_servers.py"]),
]


@pytest.fixture
async def servers(empty_database_url: str) -> AsyncIterator[dict[str, str]]:
    """Settings under which nothing of this test meets anything of another."""
    async with elasticsearch_prefix() as prefix, own_redis_settings() as redis:
        yield {
            "KINOTEKA_DATABASE_URL": empty_database_url,
            "KINOTEKA_ELASTICSEARCH_URL": os.environ["TEST_ELASTICSEARCH_URL"],
            "KINOTEKA_ELASTICSEARCH_PREFIX": prefix,
            "KINOTEKA_REDIS_URL": redis["redis_url"],
            "KINOTEKA_REDIS_PREFIX": redis["redis_prefix"],
            "KINOTEKA_PROCESSES": "2",
        }
