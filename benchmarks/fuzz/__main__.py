"""`python -m benchmarks.fuzz [NAME …]`: bytes that nobody expects for every parser, requests for every route.

A parser runs in a process of its own, guided by coverage where atheris is installed and by hypothesis otherwise, with a
bound on its time and memory; `routes` is an embedded server that schemathesis asks, one request with what the one
before answered too. Exit status 1 when there is a finding; what made it is kept.
"""

import argparse
import asyncio
import sys
from asyncio.subprocess import DEVNULL, PIPE, create_subprocess_exec
from pathlib import Path

from msgspec import Struct
from rich.console import Console
from rich.table import Table

from benchmarks.fuzz.harnesses import HARNESSES
from benchmarks.fuzz.routes import ROUTES, fuzz_routes
from benchmarks.fuzz.seeds import make_seeds

_PATIENCE = 120
"""Seconds beyond those of fuzzing."""
_TOLD = "stat::number_of_executed_units:"


class Found(Struct, frozen=True):
    """`finding`: the end of what the process said; empty when it found nothing."""

    name: str
    runs: int
    finding: str = ""


async def fuzz(name: str, folder: Path, seconds: int) -> Found:
    own = folder / name
    corpus = own / "corpus"
    corpus.mkdir(parents=True, exist_ok=True)
    for number, seed in enumerate(make_seeds()[name]):
        (corpus / f"seed-{number}").write_bytes(seed)
    process = await create_subprocess_exec(
        *(sys.executable, "-m", "benchmarks.fuzz.child", name, str(own), str(seconds)),
        stdin=DEVNULL,
        stdout=PIPE,
        stderr=PIPE,
    )
    try:
        said, logged = await asyncio.wait_for(process.communicate(), seconds + _PATIENCE)
    finally:
        if process.returncode is None:
            process.kill()
    lines = (said + logged).decode(errors="replace").splitlines()
    (own / "log").write_text("\n".join(lines))
    runs = next((int(line.split()[-1]) for line in lines if line.startswith(_TOLD)), 0)
    failed = process.returncode or not runs
    return Found(name, runs, "\n".join(lines[-60:]) or "It said nothing of any run." if failed else "")


async def fuzz_all(names: list[str], folder: Path, seconds: int, console: Console) -> bool:
    """Whether nothing was found."""
    table = Table("what", "runs", "finding", title=f"Fuzzing, {seconds} s each")
    good = True
    for name in names:
        found = await (_routes(folder, seconds) if name == ROUTES else fuzz(name, folder, seconds))
        good &= not found.finding
        table.add_row(name, f"{found.runs:,}", f"[red]see {folder / name}[/red]" if found.finding else "none")
        if found.finding:
            console.print(found.finding, markup=False)
    console.print(table)
    return good


async def _routes(folder: Path, seconds: int) -> Found:
    own = folder / ROUTES
    own.mkdir(parents=True, exist_ok=True)
    runs, finding = await fuzz_routes(own, seconds)
    return Found(ROUTES, runs, finding)


def main() -> int:
    known = [*HARNESSES, ROUTES]
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", help=f"all unless given: {', '.join(known)}")
    parser.add_argument("--seconds", type=int, default=60, help="for each")
    parser.add_argument("--folder", type=Path, default=Path("build/fuzz"), help="for inputs that found something new")
    options = parser.parse_args()
    if unknown := set(options.names).difference(known):
        parser.error(f"there is no {', '.join(sorted(unknown))}; there are {', '.join(known)}")
    good = asyncio.run(fuzz_all(options.names or known, options.folder.absolute(), options.seconds, Console()))
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
