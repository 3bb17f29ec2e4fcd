"""`python -m benchmarks.cluster --services FOLDER`: three Elasticsearch nodes, one after the other lost under load.

Kinoteka knows all three addresses; each shard has a copy on a second node. While people search, read, score and edit,
each node is killed with SIGKILL once, the elected master first, and comes back. No request may fail; what was
acknowledged must be there in the end, and the index must equal the database. Exit status 1 when there is any fault.
"""

import argparse
import asyncio
import os
import signal
import sys
import tempfile
from pathlib import Path
from random import Random
from time import monotonic

from msgspec import Struct
from rich.console import Console
from rich.table import Table

from benchmarks import stack
from benchmarks.agreement import Agreement, compare, count_wrong, settle, show_agreement
from benchmarks.cluster.freshness import Probe
from benchmarks.cluster.nodes import NAMES, Nodes, nodes_in
from benchmarks.machine import describe
from benchmarks.soak.calls import Records
from benchmarks.soak.crowd import HABITS, gather
from benchmarks.soak.ending import check_all
from benchmarks.soak.hosts import running, until_up
from benchmarks.soak.outages import Outage, Outages
from benchmarks.soak.report import show_asked, show_faults, summarize
from benchmarks.soak.world import look_around
from kinoteka.settings import Settings

FILMS = 3000
QUIET = 5.0
"""Seconds before the first node is killed, and after each is back."""
AWAY = 8.0
"""Seconds for which a node is gone before it is started again."""
TIMEOUT = 6.0
"""Seconds for a search, half of them for each of two nodes: more than the default, for all share this machine."""
_PROBED = 100
"""Films that the probe changes and nobody else."""


class Loss(Struct, frozen=True):
    """Of a node, in seconds: how long until it was back with all its copies; slowest answer and slowest change to be
    found meanwhile."""

    node: str
    whole_again: float
    slowest_answer: float
    slowest_change: float


class Found(Struct, frozen=True):
    copies: list[str]
    losses: list[Loss]
    probe: Probe
    records: Records
    agreement: Agreement
    looked_at: int

    @property
    def is_good(self) -> bool:
        return not self.records.faults and not count_wrong(self.agreement)


async def measure(options: argparse.Namespace, folder: Path) -> Found:
    nodes = nodes_in(options.services / "cluster", options.services)
    try:
        await nodes.up()
        given = {"objects_url": str(folder / "objects"), "elasticsearch_timeout": TIMEOUT}
        async with stack.own_settings(folder, nodes.servers.urls, f"cluster_{os.getpid()}", **given) as settings:
            catalogue = options.catalogue or await stack.generate_films(folder / "catalogue", FILMS)
            await stack.import_films(settings, catalogue)
            return await _measure(nodes, settings, options.seed, folder)
    finally:
        await nodes.servers.down()


async def _measure(nodes: Nodes, settings: Settings, seed: int, folder: Path) -> Found:
    random, url = Random(seed), str(settings.database_url)
    async with running(settings, folder, Random(random.random())) as fleet:
        await settle(url, fleet.indexer_log)
        await nodes.until_green()
        copies = await nodes.copies(settings)
        world = await look_around(url, random)
        probed, world.films = world.films[:_PROBED], world.films[_PROBED:]
        records, outages = Records(), Outages(nodes.servers, fleet, random, 0)
        crowd = await gather(settings, fleet.addresses, outages, records, world, _HABITS)
        probe = Probe(crowd.callers[-1][1], probed)
        losing = asyncio.create_task(_lose_each(nodes, outages))
        works = [crowd.use(world, losing.done), probe.go_on(losing.done)]
        await asyncio.gather(losing, *works)
        await until_up(fleet.addresses)
        looked = await check_all([caller for _, caller in crowd.callers], world)
        await settle(url, fleet.indexer_log)
        await crowd.close()
    losses = [_loss(outage, records, probe) for outage in outages.past]
    return Found(copies, losses, probe, records, await compare(settings), looked)


_HABITS = [habit for habit in HABITS if habit.name in ("reader", "viewer", "editor")]


async def _lose_each(nodes: Nodes, outages: Outages) -> None:
    """The elected master first; it is whole again before the next one goes."""
    await asyncio.sleep(QUIET)
    waiting = list(range(len(NAMES)))
    while waiting:
        master = await nodes.find_master()
        number = master if master in waiting else waiting[0]
        waiting.remove(number)
        outage = Outage(f"node {number + 1}{' (master)' if number == master else ''}", "killed", monotonic())
        outages.past.append(outage)
        await nodes.servers.kill(NAMES[number])
        await asyncio.sleep(AWAY)
        await nodes.servers.start(NAMES[number])
        await nodes.until_green()
        outage.ended = monotonic()
        await asyncio.sleep(QUIET)


def _loss(outage: Outage, records: Records, probe: Probe) -> Loss:
    slowest = max((taken for at, taken in records.answers if outage.touches(at, at + taken)), default=0.0)
    return Loss(outage.what, outage.ended - outage.began, slowest, probe.slowest(outage.began, outage.ended))


def show(found: Found, console: Console) -> None:
    console.print("Copies of shards:", *found.copies, sep="\n  ")
    show_asked(summarize(found.records), "Three nodes, each lost once", describe(), console)
    table = Table("lost", "whole again after s", "slowest answer s", "slowest change s")
    for loss in found.losses:
        table.add_row(loss.node, f"{loss.whole_again:.0f}", f"{loss.slowest_answer:.2f}", f"{loss.slowest_change:.2f}")
    console.print(table)
    p50, p99 = (found.probe.percentile(share) for share in (0.5, 0.99))
    console.print(f"{len(found.probe.times)} changes were found: p50 {p50:.2f} s, p99 {p99:.2f} s.")
    show_agreement(console, "Index and database", found.agreement)
    answers = sum(map(len, found.records.times.values()))
    console.print(f"{answers:,} requests, {found.looked_at} facts looked at in the end.")
    show_faults(found.records.faults, console)


def main() -> int:
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # as Ctrl-C: no server must outlive us
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--services", type=Path, required=True, help="folder of servers; the nodes go below it")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--catalogue", type=Path, help="folder of IMDb's files; made up unless given")
    parser.add_argument("--folder", type=Path, help="where to work and to keep logs; a temporary one unless given")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="kinoteka-cluster-") as temporary:
        folder = (options.folder or Path(temporary)).absolute()
        folder.mkdir(parents=True, exist_ok=True)
        found = asyncio.run(measure(options, folder))
    show(found, Console(width=150))
    return 0 if found.is_good else 1


if __name__ == "__main__":
    sys.exit(main())
