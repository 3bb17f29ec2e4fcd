"""What needs real servers is not collected where none are given."""

import os
from collections.abc import Iterator
from uuid import uuid4

import httpx
import pytest

SERVERS = ("TEST_POSTGRES_URL", "TEST_ELASTICSEARCH_URL", "TEST_REDIS_URL")
NEED_THEM = ["test_processes.py", "test_tracing_servers.py"]

collect_ignore = [] if all(name in os.environ for name in SERVERS) else NEED_THEM


@pytest.fixture
def servers(empty_database_url: str) -> Iterator[dict[str, str]]:
    """Settings under which nothing of this test meets anything of another."""
    prefix = f"test-{uuid4().hex[:12]}-"
    yield {
        "KINOTEKA_DATABASE_URL": empty_database_url,
        "KINOTEKA_ELASTICSEARCH_URL": os.environ["TEST_ELASTICSEARCH_URL"],
        "KINOTEKA_ELASTICSEARCH_PREFIX": prefix,
        "KINOTEKA_REDIS_URL": os.environ["TEST_REDIS_URL"],
        "KINOTEKA_PROCESSES": "2",
    }
    node = os.environ["TEST_ELASTICSEARCH_URL"].split(",")[0]
    for index in httpx.get(f"{node}/_cat/indices/{prefix}*?format=json", timeout=60).json():
        httpx.delete(f"{node}/{index['index']}", timeout=60).raise_for_status()
