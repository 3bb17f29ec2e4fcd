"""`python -m benchmarks.soak --services FOLDER`: everyday use for minutes while everything is killed and paused.

Two hosts answer and two processes keep the index, on PostgreSQL, Elasticsearch, Redis and S3 servers of that folder.
Readers, viewers, editors and imports go on all the time. One thing after the other is killed, paused or replaced in
order: each server, a process that answers, one that keeps the index. A refusal counts as right only while what it
needs is down, or a moment afterwards. In the end nothing that was acknowledged may be missing, the index must equal
the database, and memory must be flat. Exit status 1 when there is any fault.
"""

import argparse
import asyncio
import os
import signal
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from random import Random
from time import monotonic

from rich.console import Console

from benchmarks import stack
from benchmarks.agreement import compare, settle
from benchmarks.machine import describe
from benchmarks.services import Servers
from benchmarks.soak import report
from benchmarks.soak.calls import Records
from benchmarks.soak.crowd import gather
from benchmarks.soak.ending import check_all
from benchmarks.soak.hosts import running, until_up
from benchmarks.soak.memory import Watch
from benchmarks.soak.outages import SERVICES, Outages
from benchmarks.soak.world import look_around
from kinoteka.settings import Settings

FILMS = 3000
"""Of the made-up catalogue."""
MOST_MINUTES = 50.0
"""The callers' tokens hold for an hour."""
GIVEN = {
    "cache_bytes": 8 * 2**20,  # full within minutes, so that memory can be flat from then on
    "elasticsearch_timeout": 5,  # more than the default: everything shares this machine, and much of it starts anew
    "exports_per_hour": 0,
    "registrations_per_hour": 0,
    "access_token_seconds": 3600,
}


async def soak(options: argparse.Namespace, folder: Path) -> report.Report:
    servers = Servers(options.services)
    await servers.up(*SERVICES)
    try:
        async with _own_settings(servers, folder) as settings:
            catalogue = options.catalogue or await stack.generate_films(folder / "catalogue", FILMS)
            await stack.import_films(settings, catalogue)
            return await _soak(servers, settings, options, folder)
    finally:
        await servers.down()


@asynccontextmanager
async def _own_settings(servers: Servers, folder: Path) -> AsyncIterator[Settings]:
    name, urls = f"soak_{os.getpid()}", servers.urls
    s3 = {
        "objects_url": f"s3://{urls['TEST_S3_BUCKET']}/{name}",
        "s3_endpoint": urls["TEST_S3_ENDPOINT"],
        "s3_access_key": urls["TEST_S3_ACCESS_KEY"],
        "s3_secret_key": urls["TEST_S3_SECRET_KEY"],
    }
    async with stack.own_settings(folder, urls, name, **s3, **GIVEN) as settings:
        yield settings


async def _soak(servers: Servers, settings: Settings, options: argparse.Namespace, folder: Path) -> report.Report:
    random, seconds, url = Random(options.seed), 60 * options.minutes, str(settings.database_url)
    async with running(settings, folder, Random(random.random())) as fleet:
        await settle(url, fleet.indexer_log)
        world = await look_around(url, Random(random.random()))
        outages = Outages(servers, fleet, Random(random.random()), seconds)
        records = Records(is_busy=options.busy)
        crowd = await gather(settings, fleet.addresses, outages, records, world)
        watch = Watch(fleet)
        watching = asyncio.create_task(watch.go_on())
        until = monotonic() + seconds
        await asyncio.gather(crowd.use(world, lambda: monotonic() >= until), outages.go_on(until))
        lasted = monotonic() - records.began
        await until_up(fleet.addresses)
        looked = await check_all([caller for _, caller in crowd.callers], world)
        await settle(url, fleet.indexer_log)
        watching.cancel()
        await crowd.close()
    for what in fleet.unexpected:
        records.add_fault("processes", what)
    growths = watch.growths()
    for growth in growths:
        if growth.is_too_much:
            records.add_fault(growth.name, f"grows by {growth.slope:.1f} MB a minute, from {growth.first:.0f} MB on")
    return report.Report(
        machine=describe(),
        seed=options.seed,
        seconds=lasted,
        films=len(world.films),
        asked=report.summarize(records),
        down=report.list_outages(outages.past, records.began),
        memory=growths,
        agreement=await compare(settings),
        acknowledged=world.ledger.acknowledged,
        doubted=world.ledger.doubted,
        looked_at=looked,
        faults=records.faults,
    )


def _minutes(text: str) -> float:
    minutes = float(text)
    if not 0 < minutes <= MOST_MINUTES:
        raise argparse.ArgumentTypeError(f"between 0 and {MOST_MINUTES:g}")
    return minutes


def main() -> int:
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # as Ctrl-C: no server must outlive us
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--services", type=Path, required=True, help="folder of the servers, which are this run's own")
    parser.add_argument("--minutes", type=_minutes, default=10)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--catalogue", type=Path, help="folder of IMDb's files; made up unless given")
    parser.add_argument("--folder", type=Path, help="where to work and to keep logs; a temporary one unless given")
    parser.add_argument("--busy", action="store_true", help="the machine does other things: 503 and late is no fault")
    parser.add_argument("--json", type=Path, default=Path("build/soak"), help="folder for the report")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="kinoteka-soak-") as temporary:
        folder = options.folder or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        found = asyncio.run(soak(options, folder))
    report.show(found, Console(width=150))
    print(f"Kept in {report.keep(found, options.json)}")
    return 0 if found.is_good else 1


if __name__ == "__main__":
    sys.exit(main())
