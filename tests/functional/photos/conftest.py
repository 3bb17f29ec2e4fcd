"""A site with one person and somebody who may change the catalogue, for all tests of photos."""

from collections.abc import AsyncIterator

import pytest
from applications import application
from gallery import GIVEN, Gallery, open_gallery
from new_database import new_database
from tests.servers import own_settings

from kinoteka.bootstrap import open_services


@pytest.fixture(scope="session")
async def gallery(postgres_url: str, template: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Gallery]:
    async with (
        new_database(postgres_url, template) as url,
        own_settings(tmp_path_factory.mktemp("gallery")) as settings,
        open_services(settings.model_copy(update=GIVEN), url) as services,
        application(services) as own,
    ):
        yield await open_gallery(own)
