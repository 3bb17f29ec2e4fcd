"""Settings for the servers that TEST_* name, with names of their own on each, which are removed at the end."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import uuid4

import httpx
from redis.asyncio import Redis

from kinoteka.settings import Settings


@asynccontextmanager
async def own_settings(folder: Path) -> AsyncIterator[Settings]:
    """The defaults, with a data folder; on servers where there are some."""
    async with elasticsearch_prefix() as prefix, own_redis_settings() as redis:
        yield Settings(
            data=folder,
            elasticsearch_url=os.environ.get("TEST_ELASTICSEARCH_URL"),
            elasticsearch_prefix=prefix,
            elasticsearch_timeout=30,  # a busy machine is no failure
            **redis,  # type: ignore[arg-type] # the names of text settings
        )


@asynccontextmanager
async def elasticsearch_prefix() -> AsyncIterator[str]:
    prefix = f"test-{uuid4().hex[:12]}-"
    try:
        yield prefix
    finally:
        if url := os.environ.get("TEST_ELASTICSEARCH_URL"):
            await _remove_indexes(url, prefix)


async def _remove_indexes(url: str, prefix: str) -> None:
    async with httpx.AsyncClient(base_url=url.split(",")[0], timeout=60) as client:
        listed = await client.get(f"/_cat/indices/{prefix}*", params={"format": "json", "h": "index"})
        names = [row["index"] for row in listed.raise_for_status().json()]
        if names:
            (await client.delete("/" + ",".join(names))).raise_for_status()


@asynccontextmanager
async def own_redis_settings() -> AsyncIterator[dict[str, str]]:
    url, prefix = os.environ.get("TEST_REDIS_URL"), f"kinoteka-test-{uuid4().hex[:12]}"
    if url is None:
        yield {}
        return
    yield {"redis_url": url, "redis_prefix": prefix}
    async with Redis.from_url(url) as redis:
        keys = [key async for key in redis.scan_iter(f"{prefix}:*", count=1000)]
        if keys:
            await redis.delete(*keys)
