"""`python -m benchmarks.known_titles --address http://localhost:8000`: is each film found by its title?

Draws films at random from the export, asks the running API's search for the title of each, and counts those that are
not among the first five hits. Where more than five films share a title, any of them will do. Exit status 1 when one is
missing.
"""

import argparse
import asyncio
import json
import sys
from collections import Counter
from random import Random
from typing import Any

import httpx
from rich.console import Console
from rich.progress import track
from rich.table import Table

HITS = 5


async def read_films(http: httpx.AsyncClient) -> list[dict[str, Any]]:
    async with http.stream("GET", "/api/v1/films/export", params={"format": "jsonl"}) as answer:
        answer.raise_for_status()
        return [json.loads(line) async for line in answer.aiter_lines()]


async def find(http: httpx.AsyncClient, title: str) -> list[dict[str, Any]]:
    answer = await http.get("/api/v1/search", params={"q": title, "page_size": HITS})
    answer.raise_for_status()
    return [item["film"] or {} for item in answer.json()["items"]]


def is_found(film: dict[str, Any], found: list[dict[str, Any]], namesakes: int) -> bool:
    if namesakes > HITS:
        return any(other.get("title") == film["title"] for other in found)
    return any(other.get("id") == film["id"] for other in found)


async def measure(address: str, number: int, seed: int) -> list[dict[str, Any]]:
    """The films that were not found."""
    async with httpx.AsyncClient(base_url=address, timeout=60) as http:
        films = await read_films(http)
        shared = Counter(film["title"].casefold() for film in films)
        drawn = Random(seed).sample(films, min(number, len(films)))
        console = Console(stderr=True)
        return [
            film
            for film in track(drawn, f"{len(drawn)} of {len(films)} films", console=console)
            if not is_found(film, await find(http, film["title"]), shared[film["title"].casefold()])
        ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--address", default="http://localhost:8000")
    parser.add_argument("--films", type=int, default=500)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    missing = asyncio.run(measure(options.address, options.films, options.seed))
    table = Table("title", "year", title=f"{len(missing)} of {options.films} films not among the first {HITS} hits")
    for film in missing:
        table.add_row(film["title"], str(film["year"]))
    Console().print(table)
    sys.exit(1 if missing else 0)


if __name__ == "__main__":
    main()
