"""Whether the index is what the database says: document by document, once nothing waits to be indexed any more."""

import asyncio
from collections import Counter
from pathlib import Path
from time import monotonic
from uuid import UUID

from rich.console import Console
from rich.table import Table
from sqlalchemy import text

from kinoteka.bootstrap import Services, open_services
from kinoteka.catalogue.documents import KINDS, Kind, Record, build_indexed
from kinoteka.database import open_database
from kinoteka.indexer.service import get_status
from kinoteka.indexer.status import FeedStatus
from kinoteka.search.documents import digest
from kinoteka.settings import Settings

PATIENCE = 900.0
WRONG = ("missing", "stale", "ghosts", "doubled")
_AT_ONCE = 100

Agreement = dict[Kind, Counter[str]]
"""How many `documents`, and how many of them are wrong in each way."""


def count_wrong(agreement: Agreement) -> int:
    return sum(counts[how] for counts in agreement.values() for how in WRONG)


def show_agreement(console: Console, title: str, agreement: Agreement) -> bool:
    """Whether both sides agree."""
    columns = ["documents", *WRONG]
    table = Table("kind", *columns, title=title)
    for kind, counts in agreement.items():
        table.add_row(kind, *(str(counts[column]) for column in columns))
    console.print(table)
    wrong = count_wrong(agreement)
    console.print("index and database agree" if not wrong else f"[red]{wrong} documents are wrong[/red]")
    return not wrong


async def get_feed(database_url: str) -> FeedStatus:
    database = open_database(database_url, 2)
    try:
        return await get_status(database)
    finally:
        await database.close()


async def settle(database_url: str, log: Path) -> None:
    """Until nothing waits to be indexed. `log`: where to look if that never comes."""
    deadline = monotonic() + PATIENCE
    status = None
    while monotonic() < deadline:
        status = await get_feed(database_url)
        if status.index_name and status.depth == (0, 0) and not status.rebuild_needed and not status.reconcile:
            return
        await asyncio.sleep(0.1)
    raise RuntimeError(f"The feed does not come to rest: {status}; see {log}")


async def compare(settings: Settings) -> Agreement:
    assert settings.database_url
    async with open_services(settings, settings.database_url) as services:
        return {kind: await _compare_kind(services, kind) for kind in KINDS}


async def _compare_kind(services: Services, kind: Kind) -> Counter[str]:
    """By the bytes of the items, and by the digests of the whole documents."""
    indexed = {fingerprint.id: fingerprint.digest async for fingerprint in services.engine.fingerprints(kind)}
    async with services.database.transaction() as connection:
        ids = list(await connection.scalars(text(f"SELECT id FROM {kind} WHERE deleted_at IS NULL")))
        result = Counter(documents=len(ids), ghosts=len(set(indexed).difference(ids)), doubled=0)
        for start in range(0, len(ids), _AT_ONCE):
            records = await build_indexed(connection, kind, ids[start : start + _AT_ONCE])
            result += await _compare_records(services, kind, records, indexed)
    return result


async def _compare_records(
    services: Services, kind: Kind, records: list[Record], indexed: dict[UUID, bytes]
) -> Counter[str]:
    stored = {each.id: each for each in await services.engine.get_many(kind, [record.id for record in records])}
    result: Counter[str] = Counter()
    for record in records:
        there = stored.get(record.id)
        if there is None or record.id not in indexed:
            result["missing"] += 1
        elif (there.data, there.version, indexed[record.id]) != (record.item, record.version, digest(record)):
            result["stale"] += 1
    return result
