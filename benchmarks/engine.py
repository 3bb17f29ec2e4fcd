"""The questions of `benchmarks.rates` put to the index directly, without HTTP: prints questions a second as JSON."""

import json
import sys
import time
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

import uvloop

from kinoteka.search.engine import SearchEngine
from kinoteka.search.query import Listing, Search, Sort, SortKey, Suggest
from kinoteka.search.tantivy.engine import TantivyEngine

Question = Callable[[], Awaitable[object]]


async def rate(questions: Sequence[Question], seconds: float) -> float:
    asked, started = 0, time.perf_counter()
    while (taken := time.perf_counter() - started) < seconds:
        await questions[asked % len(questions)]()
        asked += 1
    return asked / taken


SORTS: tuple[SortKey, ...] = ("rating", "year", "minutes", "votes", "weighted_rating", "created_at")
PAGES = 10


def listings() -> list[Listing]:
    """The lists that `benchmarks.rates` asks for."""
    return [
        Listing(kind="film", sort=Sort(key, descending), size=50, offset=50 * page)
        for key in SORTS
        for descending in (False, True)
        for page in range(PAGES)
    ]


async def questions(engine: SearchEngine) -> dict[str, list[Question]]:
    films = [film for listing in listings()[PAGES : PAGES + 3] for film in (await engine.page(listing)).items]
    titles = [json.loads(film.data)["title"] for film in films]
    return {
        "uncached list of 50": [lambda asked=listing: engine.page(asked) for listing in listings()],  # type: ignore[misc]  # bound now
        "uncached film by id": [lambda film=film: engine.get("film", film.id) for film in films],  # type: ignore[misc]  # bound now
        "uncached search": [lambda text=title: engine.search(Search(text=text, size=20)) for title in titles],  # type: ignore[misc]  # bound now
        "uncached suggest": [lambda text=title[:5]: engine.suggest(Suggest(text=text)) for title in titles],  # type: ignore[misc]  # bound now
    }


async def main(data: Path, seconds: float) -> None:
    engine = TantivyEngine(data / "index")
    if not await engine.open():
        raise SystemExit(f"{data} holds no index.")
    print(json.dumps({name: await rate(asked, seconds) for name, asked in (await questions(engine)).items()}))
    await engine.close()


if __name__ == "__main__":
    uvloop.run(main(Path(sys.argv[1]), float(sys.argv[2])))
