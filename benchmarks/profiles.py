"""`make profiles`: where a request's time goes, as a flame graph each for a list, a search, a film, a write, a sign-in.

py-spy looks at an embedded server, whose caches are off, 200 times a second while it answers as fast as it can. The
graphs go into a folder; the table names the functions with the largest shares of the time that the server computed.
What a function calls outside of Python (the index, argon2, the event loop) is its own time. Linux asks for the right to
trace: root, or `sysctl kernel.yama.ptrace_scope=0`.
"""

import argparse
import asyncio
import os
import re
import sys
import tempfile
from asyncio.subprocess import DEVNULL, PIPE, create_subprocess_exec
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from urllib.parse import quote

import httpx
from msgspec import Struct
from rich.console import Console
from rich.table import Table

from benchmarks import load, rates
from benchmarks.flames import Stacks, draw
from benchmarks.machine import free_ports, pick_cores

PHONE, PASSPHRASE = "+380501110000", "three otters at noon"
PER_SECOND, LARGEST = 200, 6
WARM = 1.0
WAITING = ("concurrent/futures/thread.py _worker", "selectors.py select", "threading.py wait")
_FRAME = re.compile(r"(.+) \((.+?)(?::\d+)?\)")


class Kind(Struct, frozen=True):
    """What is asked for, from so many connections."""

    name: str
    requests: list[bytes]
    connections: int = 16


async def measure(catalogue: str, seconds: float) -> dict[str, Stacks]:
    """Of each kind of request."""
    with tempfile.TemporaryDirectory(prefix="kinoteka-profiles-") as name:
        data, port = Path(name) / "data", free_ports(1)
        await rates.load_catalogue(data, catalogue)
        await _create_admin(data)
        served = rates.kinoteka(data, port, 0, KINOTEKA_TRUSTED_PROXIES="127.0.0.1")
        async with served as server, httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=60) as http:
            kinds = await _kinds(http)
            return {kind.name: await _profile(kind, server.pid, port, seconds) for kind in kinds}


async def _create_admin(data: Path) -> None:
    command = (sys.executable, "-m", "kinoteka", "users", "create-admin", PHONE, "--name", "Profiled")
    child = await create_subprocess_exec(
        *command, env=os.environ | {"KINOTEKA_DATA": str(data)}, stdin=PIPE, stdout=DEVNULL
    )
    await child.communicate(PASSPHRASE.encode())
    if child.returncode:
        raise SystemExit("There is no administrator to write as; the reason stands above.")


async def _kinds(http: httpx.AsyncClient) -> list[Kind]:
    films = [film for n in (1, 2, 3) for film in (await http.get(f"{rates.LIST}&page={n}")).json()["items"]]
    account = {"phone": PHONE, "password": PASSPHRASE}
    token = (await http.post("/api/v1/auth/login", json=account)).raise_for_status().json()["access_token"]
    bearer = (f"Authorization: Bearer {token}", "If-Match: *")
    return [
        Kind("list", [load.get(f"/api/v1/films?sort={sort}&page={n}") for sort in rates.SORTS for n in range(1, 5)]),
        Kind("search", [load.get(f"/api/v1/search?q={quote(film['title'])}") for film in films]),
        Kind("film", [load.get(f"/api/v1/films/{film['id']}") for film in films]),
        Kind("write", [_patch(film["id"], minutes, bearer) for minutes in range(80, 140) for film in films], 4),
        Kind("sign-in", [_sign_in(account, number) for number in range(4000)], 2),
    ]


def _patch(film: str, minutes: int, headers: Iterable[str]) -> bytes:
    more = (*headers, "Content-Type: application/merge-patch+json")
    return load.send("PATCH", f"/api/v1/films/{film}", {"minutes": minutes}, *more)


def _sign_in(account: dict[str, str], number: int) -> bytes:
    """From an address of its own: what is measured is not the limits."""
    address = f"X-Forwarded-For: 10.0.{number // 250}.{number % 250}"
    return load.send("POST", "/api/v1/auth/login", account, address, "Content-Type: application/json")


async def _profile(kind: Kind, pid: int, port: int, seconds: float) -> Stacks:
    asked = load.Load(port, kind.requests, WARM + seconds + 2, connections=kind.connections)
    running = asyncio.create_task(load.run_pinned(asked, pick_cores()[1]))
    await asyncio.sleep(WARM)
    lines = await _spy(pid, seconds)
    await running
    return read_stacks(lines)


async def _spy(pid: int, seconds: float) -> list[str]:
    """Lines of «outer;inner count»."""
    with tempfile.NamedTemporaryFile("r") as file:
        options = ("--duration", str(round(seconds)), "--rate", str(PER_SECOND), "--format", "raw", "--function")
        spy = Path(sys.executable).with_name("py-spy")
        child = await create_subprocess_exec(
            *(str(spy), "record", "--pid", str(pid), *options, "--output", file.name),
            stdin=DEVNULL,
            stdout=DEVNULL,
            stderr=PIPE,
        )
        _, said = await child.communicate()
        if child.returncode:
            raise SystemExit(f"py-spy could not look at the server: {said.decode().strip()}")
        return file.read().splitlines()


def read_stacks(lines: Iterable[str]) -> Stacks:
    """Without threads that wait for work: a tracer cannot tell everywhere that they do nothing."""
    stacks: Stacks = Counter()
    for line in lines:
        frames, _, count = line.rpartition(" ")
        stack = tuple(_named(frame) for frame in frames.split(";") if frame)
        if stack and not stack[-1].endswith(WAITING):
            stacks[stack] += int(count)
    return stacks


def _named(frame: str) -> str:
    match = _FRAME.fullmatch(frame)
    return f"{match[2].rpartition('site-packages/')[2]} {match[1]}" if match else frame


def show(found: dict[str, Stacks]) -> None:
    table = Table("request", "share", "function")
    for kind, stacks in found.items():
        own: Counter[str] = Counter()
        for stack, count in stacks.items():
            own[stack[-1]] += count
        for function, count in own.most_common(LARGEST):
            table.add_row(kind, f"{count / stacks.total():.0%}", function)
        table.add_section()
    Console(width=130).print(table)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, nargs="?", default=Path("docs/images"), help="for the graphs")
    parser.add_argument("--catalogue", default="demo", help="«demo», or a folder of IMDb-shaped TSV files")
    parser.add_argument("--seconds", type=float, default=5, help="of each recording")
    options = parser.parse_args()
    found = asyncio.run(measure(options.catalogue, options.seconds))
    for kind, stacks in found.items():
        (options.folder / f"profile-{kind}.svg").write_text(draw(stacks, f"Where the time of a {kind} goes"))
    show(found)


if __name__ == "__main__":
    main()
