"""The only composition root: chooses the adapters that the settings name."""

from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from kinoteka.accounts.context import Accounts, open_accounts
from kinoteka.cache.memory import MemoryTokens
from kinoteka.cache.memory_limits import MemoryLimiter
from kinoteka.cache.port import Answers, Tokens
from kinoteka.cache.rate_limits import Limiter
from kinoteka.cache.waits import PROMPT, Waits
from kinoteka.catalogue.documents import Kind
from kinoteka.database import Database, open_database
from kinoteka.indexer.phases import Phases
from kinoteka.objects import S3, Objects, folder_objects, s3_objects
from kinoteka.search.copies import IndexCopies
from kinoteka.search.engine import SearchEngine
from kinoteka.servers import ServerFacts
from kinoteka.settings import Settings
from kinoteka.tracing import open_tracing
from kinoteka.tracing.port import Tracing

WRITE_PATIENCE = 10.0
"""Seconds: of many who change the same thing at once, each waits for those before."""


@dataclass(frozen=True)
class Services:
    """What a process works with; open for as long as `open_services` is."""

    settings: Settings
    database: Database
    writes: Database
    """The same one for people who change the catalogue: connections that are asked first, and more patience."""
    engine: SearchEngine
    tokens: Tokens
    answers: Answers | None
    """None: each process keeps its own alone."""
    phases: Phases
    objects: Objects
    accounts: Accounts
    limiter: Limiter
    tracing: Tracing | None = None

    @property
    def photo_place(self) -> Objects | None:
        """None where each process would have its own."""
        return self.objects if self.settings.keeps_objects else None


@asynccontextmanager
async def open_services(settings: Settings, database_url: str) -> AsyncIterator[Services]:
    """`database_url`: the embedded server's or the configured one; its schema must be at the newest revision."""
    tracing = open_tracing(settings)
    database = open_database(database_url, settings.pool_size)
    writes = open_database(database_url, max(2, settings.pool_size // 2), pre_ping=True, patience=WRITE_PATIENCE)
    limiter = open_limiter(settings)
    try:
        async with (
            open_cache(settings) as (tokens, answers),
            _open_engine(settings, tokens) as engine,
            open_accounts(settings, database) as accounts,
        ):
            yield Services(
                settings,
                database,
                writes,
                engine,
                tokens,
                answers,
                Phases(),
                open_objects(settings),
                accounts,
                limiter,
                tracing,
            )
    finally:
        await limiter.close()
        await writes.close()
        await database.close()
        if tracing:
            await tracing.close()


@asynccontextmanager
async def _open_engine(settings: Settings, tokens: Tokens) -> AsyncIterator[SearchEngine]:
    """Succeeds while Elasticsearch is down."""
    engine = _make_engine(settings, tokens)
    try:
        await engine.open()
        yield engine
    finally:
        await engine.close()


def _make_engine(settings: Settings, tokens: Tokens) -> SearchEngine:
    if not settings.elasticsearch_nodes:
        from kinoteka.search.tantivy import TantivyEngine  # noqa: PLC0415 - it takes 9 MB: only who uses it pays

        return TantivyEngine(settings.index_folder)
    # Its client takes 0.3 s: only who asked pays.
    from kinoteka.search.elasticsearch import ElasticsearchEngine  # noqa: PLC0415

    def stamp(kind: Kind) -> object:
        return tokens.current((kind,))

    return ElasticsearchEngine(
        settings.elasticsearch_nodes,
        settings.elasticsearch_prefix,
        stamp,
        timeout=settings.elasticsearch_timeout,
        shards=settings.elasticsearch_shards,
        replicas=settings.elasticsearch_replicas,
    )


@asynccontextmanager
async def open_cache(settings: Settings, waits: Waits = PROMPT) -> AsyncIterator[tuple[Tokens, Answers | None]]:
    """Succeeds while Redis is down."""
    if settings.redis_url is None:
        yield MemoryTokens(), None
        return
    # They take 0.1 s and load OpenTelemetry's SDK: only who asked pays.
    from kinoteka.cache.redis_answers import RedisAnswers  # noqa: PLC0415
    from kinoteka.cache.redis_tokens import RedisTokens  # noqa: PLC0415

    tokens = RedisTokens(settings.redis_url, settings.redis_prefix, waits)
    answers = RedisAnswers(settings.redis_url, settings.redis_prefix, waits)
    await tokens.open()
    try:
        yield tokens, answers
    finally:
        await answers.close()
        await tokens.close()


def find_server_facts(settings: Settings) -> dict[str, Awaitable[ServerFacts]]:
    """Of the servers that the settings name; each may raise UnavailableError."""
    facts: dict[str, Awaitable[ServerFacts]] = {}
    if settings.elasticsearch_nodes:
        from kinoteka.search.elasticsearch.facts import gather_facts as ask_elasticsearch  # noqa: PLC0415 - as above

        facts["Elasticsearch"] = ask_elasticsearch(settings.elasticsearch_nodes)
    if settings.redis_url:
        from kinoteka.cache.redis_facts import gather_facts as ask_redis  # noqa: PLC0415 - as above

        facts["Redis"] = ask_redis(settings.redis_url)
    return facts


def open_limiter(settings: Settings) -> Limiter:
    """Connects lazily."""
    if settings.redis_url is None:
        return MemoryLimiter()
    from kinoteka.cache.redis_limits import RedisLimiter  # noqa: PLC0415 - as above

    return RedisLimiter(settings.redis_url, settings.redis_prefix)


def open_objects(settings: Settings) -> Objects:
    """Connects lazily, so it succeeds while the store is down."""
    if folder := settings.objects_folder:
        return folder_objects(folder)
    secret = settings.s3_secret_key.get_secret_value() if settings.s3_secret_key else None
    place = S3(settings.objects_url or "", settings.s3_region, settings.s3_endpoint, settings.s3_access_key, secret)
    return s3_objects(place)


@asynccontextmanager
async def open_copies(settings: Settings) -> AsyncIterator[IndexCopies]:
    """Succeeds while Elasticsearch is down."""
    copies = _make_copies(settings)
    try:
        yield copies
    finally:
        await copies.close()


def _make_copies(settings: Settings) -> IndexCopies:
    if not settings.elasticsearch_nodes:
        from kinoteka.search.tantivy import TantivyCopies  # noqa: PLC0415 - as above

        return TantivyCopies(settings.index_folder)
    from kinoteka.search.elasticsearch import ElasticsearchSnapshots  # noqa: PLC0415 - as above

    return ElasticsearchSnapshots(
        settings.elasticsearch_nodes,
        settings.elasticsearch_prefix,
        settings.elasticsearch_snapshots,
        shards=settings.elasticsearch_shards,
        replicas=settings.elasticsearch_replicas,
    )
