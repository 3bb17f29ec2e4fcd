"""The only composition root: chooses the adapters that the settings name."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from kinoteka.cache.memory import MemoryTokens
from kinoteka.cache.port import Tokens
from kinoteka.database import Database, open_database
from kinoteka.indexer.phases import Phases
from kinoteka.objects import S3, Objects, folder_objects, s3_objects
from kinoteka.search.engine import SearchEngine
from kinoteka.search.tantivy import TantivyEngine
from kinoteka.settings import Settings
from kinoteka.tracing import open_tracing
from kinoteka.tracing.port import Tracing


@dataclass(frozen=True)
class Services:
    """What a process works with; open for as long as `open_services` is."""

    settings: Settings
    database: Database
    engine: SearchEngine
    tokens: Tokens
    phases: Phases
    objects: Objects
    tracing: Tracing | None = None


@asynccontextmanager
async def open_services(settings: Settings, database_url: str) -> AsyncIterator[Services]:
    """`database_url`: the embedded server's or the configured one; its schema must be at the newest revision."""
    tracing = open_tracing(settings)
    database = open_database(database_url, settings.pool_size)
    engine = TantivyEngine(settings.index_folder)
    try:
        await engine.open()
        yield Services(settings, database, engine, MemoryTokens(), Phases(), open_objects(settings), tracing)
    finally:
        await engine.close()
        await database.close()
        if tracing:
            await tracing.close()


def open_objects(settings: Settings) -> Objects:
    """Connects lazily, so it succeeds while the store is down."""
    if folder := settings.objects_folder:
        return folder_objects(folder)
    secret = settings.s3_secret_key.get_secret_value() if settings.s3_secret_key else None
    place = S3(settings.objects_url or "", settings.s3_region, settings.s3_endpoint, settings.s3_access_key, secret)
    return s3_objects(place)
