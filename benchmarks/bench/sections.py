"""What can be measured, each a section of the table; the measurements themselves stand in modules of their own."""

import os
from argparse import Namespace
from collections.abc import Awaitable, Callable
from pathlib import Path

from msgspec import Struct

from benchmarks import (
    accounts,
    build,
    elasticsearch_rates,
    fanout,
    freshness,
    importing,
    memory,
    pending,
    rates,
    writes,
)
from benchmarks.lines import Line
from benchmarks.machine import free_ports

POSTGRES, ELASTICSEARCH, REDIS = "TEST_POSTGRES_URL", "TEST_ELASTICSEARCH_URL", "TEST_REDIS_URL"
_PORTS = 4


class Sizes(Struct):
    """Of everything, and how long. `films` in the catalogue, `fanned` of one person."""

    films: int
    fanned: int
    rounds: int
    seconds: float
    changes: list[int]
    """A second, one run for each."""


class Ground(Struct):
    """What measurements stand on. `catalogue` holds IMDb-shaped files; `data` is a data folder with them in it."""

    folder: Path
    catalogue: Path
    data: Path
    sizes: Sizes

    @property
    def effort(self) -> Namespace:
        return Namespace(
            seconds=self.sizes.seconds,
            rounds=self.sizes.rounds,
            port=free_ports(_PORTS),
            redis=os.environ.get(REDIS),
            url=os.environ.get(ELASTICSEARCH),
        )


class Section(Struct, frozen=True):
    name: str
    measure: Callable[[Ground], Awaitable[list[Line]]]
    needs: tuple[str, ...] = ()
    """Environment variables that name servers."""

    @property
    def missing(self) -> list[str]:
        return [name for name in self.needs if name not in os.environ]


async def hot(ground: Ground) -> list[Line]:
    return await rates.hot(ground.data, ground.folder, ground.effort)


async def shared(ground: Ground) -> list[Line]:
    return await rates.shared(ground.data, ground.folder, ground.effort)


async def uncached(ground: Ground) -> list[Line]:
    found = await rates.cold(ground.data, ground.folder, ground.effort)
    return found + await rates.engine_lines(ground.data, found, ground.effort)


async def on_elasticsearch(ground: Ground) -> list[Line]:
    return await elasticsearch_rates.lines(ground.data, ground.folder, ground.effort)


async def not_indexed(ground: Ground) -> list[Line]:
    return await pending.lines(ground.catalogue, _folder(ground, "pending"), ground.effort)


async def copied(ground: Ground) -> list[Line]:
    found = await importing.measure(ground.catalogue, frozenset(["movie"]), ground.sizes.rounds, own=True)
    return importing.lines(found)


async def built(ground: Ground) -> list[Line]:
    several = len(os.sched_getaffinity(0)) > 1
    given = Namespace(catalogue=ground.catalogue, times=ground.sizes.rounds, pin=several)
    return build.lines(await build.measure(given, _folder(ground, "build")))


async def fresh(ground: Ground) -> list[Line]:
    lines = []
    for rate in ground.sizes.changes:
        more = {"seconds": _whole(ground, 10), "mix": "everyday", "seed": 1, "rebuild": False}
        given = Namespace(**_served(ground), rate=rate, **more)
        run = await freshness.measure(given, _folder(ground, f"freshness-{rate}"))
        lines.append(freshness.line(rate, run))
    return lines


async def fanned(ground: Ground) -> list[Line]:
    given = Namespace(**_served(ground), films=ground.sizes.fanned)
    took, edits = await fanout.measure(given, _folder(ground, "fanout"))
    return fanout.lines(given.films, took, edits)


async def written(ground: Ground) -> list[Line]:
    sizes = ground.sizes
    return await writes.measure(Namespace(films=sizes.films, seconds=sizes.seconds, rounds=sizes.rounds))


async def signed_in(ground: Ground) -> list[Line]:
    return await accounts.lines(ground.sizes.rounds, ground.sizes.seconds)


async def remembered(ground: Ground) -> list[Line]:
    return await memory.measure(ground.catalogue, ground.sizes.seconds)


SECTIONS = (
    Section("hot", hot),
    Section("shared", shared, (REDIS,)),
    Section("uncached", uncached),
    Section("elasticsearch", on_elasticsearch, (ELASTICSEARCH,)),
    Section("pending", not_indexed, (POSTGRES, ELASTICSEARCH, REDIS)),
    Section("copy", copied),
    Section("build", built, (POSTGRES, ELASTICSEARCH, REDIS)),
    Section("freshness", fresh),
    Section("fanout", fanned),
    Section("writes", written),
    Section("sign-ins", signed_in),
    Section("memory", remembered),
)


def _served(ground: Ground) -> dict[str, object]:
    """On servers where there are some, embedded where there are none; the films are those of the catalogue."""
    servers = all(name in os.environ for name in (POSTGRES, ELASTICSEARCH, REDIS))
    return {"servers": servers, "catalogue": ground.catalogue, "data": None}


def _folder(ground: Ground, name: str) -> Path:
    folder = ground.folder / name
    folder.mkdir()
    return folder


def _whole(ground: Ground, times: int) -> int:
    return max(1, round(ground.sizes.seconds * times))
