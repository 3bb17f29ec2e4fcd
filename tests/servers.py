"""Settings for the servers that TEST_* name, with names of their own on each, which are removed at the end."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import uuid4

import httpx
from redis.asyncio import Redis

from kinoteka.settings import Settings

PASSWORD_MEBIBYTES = 1
"""As little as argon2id takes: a thousand sign-ins are made here, and the site's own 46 MiB are for those who guess."""
_over: list[str] = []
"""Prefixes whose indexes nobody needs any more."""
_MANY = 12
_AT_ONCE = 40  # an address has at most 4,096 characters


@asynccontextmanager
async def own_settings(folder: Path) -> AsyncIterator[Settings]:
    """The defaults, with a data folder and cheap hashes; on servers where there are some."""
    async with elasticsearch_prefix() as prefix, own_redis_settings() as redis:
        settings = Settings(
            data=folder,
            elasticsearch_url=os.environ.get("TEST_ELASTICSEARCH_URL"),
            elasticsearch_prefix=prefix,
            elasticsearch_timeout=30,  # a busy machine is no failure
            **redis,  # type: ignore[arg-type] # the names of text settings
        )
        yield settings.model_copy(update={"password_mebibytes": PASSWORD_MEBIBYTES})  # less than may be set


@asynccontextmanager
async def elasticsearch_prefix() -> AsyncIterator[str]:
    """Its indexes are removed soon after: those of many at once cost Elasticsearch hardly more than those of one."""
    prefix = f"test-{uuid4().hex[:12]}-"
    try:
        yield prefix
    finally:
        if "TEST_ELASTICSEARCH_URL" in os.environ:
            _over.append(prefix)
        if len(_over) >= _MANY:
            await remove_indexes()


async def remove_indexes() -> None:
    """Those of all prefixes that are over."""
    if not _over:
        return
    url = os.environ["TEST_ELASTICSEARCH_URL"].split(",")[0]
    async with httpx.AsyncClient(base_url=url, timeout=60) as client:
        patterns = ",".join(f"{prefix}*" for prefix in _over)
        listed = await client.get(f"/_cat/indices/{patterns}", params={"format": "json", "h": "index"})
        names = [row["index"] for row in listed.raise_for_status().json()]
        for begin in range(0, len(names), _AT_ONCE):
            (await client.delete("/" + ",".join(names[begin : begin + _AT_ONCE]))).raise_for_status()
    _over.clear()


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
