"""A site with one person and somebody who may change the catalogue, for all tests of photos."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import uuid4

import pytest
from applications import application
from gallery import GIVEN, Gallery, open_gallery
from tests.databases import new_database
from tests.servers import own_settings

from kinoteka.bootstrap import open_objects, open_services
from kinoteka.settings import Settings


@asynccontextmanager
async def objects_settings() -> AsyncIterator[dict[str, Any]]:
    """On S3, if there is one; nothing is left there."""
    if "TEST_S3_ENDPOINT" not in os.environ:
        yield {}
        return
    given = {f"s3_{name}": os.environ[f"TEST_S3_{name.upper()}"] for name in ("endpoint", "access_key", "region")}
    given["s3_secret_key"] = os.environ["TEST_S3_SECRET_KEY"]
    given["objects_url"] = f"s3://{os.environ['TEST_S3_BUCKET']}/test-{uuid4().hex}"
    settings = Settings.model_validate(given)
    yield {name: getattr(settings, name) for name in given}
    objects = open_objects(settings)
    await objects.delete([info.key async for info in objects.walk()])


@pytest.fixture(scope="session")
async def gallery(postgres_url: str, template: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Gallery]:
    async with (
        new_database(postgres_url, template) as url,
        own_settings(tmp_path_factory.mktemp("gallery")) as settings,
        objects_settings() as objects,
        open_services(settings.model_copy(update={**GIVEN, **objects}), url) as services,
        application(services) as own,
    ):
        yield await open_gallery(own)
