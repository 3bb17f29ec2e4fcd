"""What engines that several processes write to promise beyond the others: the highest version wins, in any order."""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from itertools import permutations
from urllib.parse import urlsplit

import httpx
import msgspec
import pytest
from engines import ELASTICSEARCH, NeverTheSame
from search_catalogue import CHAPLIN, FILMS, MakeEngine, documents, film, film_id, person

from kinoteka.search.elasticsearch import ElasticsearchEngine
from kinoteka.search.engine import EngineUnavailableError, SearchEngine
from kinoteka.search.query import Listing, Sort

LARGE = 5 << 40
"""As large as versions get in practice: an epoch and a number."""


@pytest.fixture
def engine_name() -> str:
    return "elasticsearch"


async def title_of(engine: SearchEngine, number: int = 1) -> str | None:
    stored = await engine.get("film", film_id(number))
    return None if stored is None else msgspec.json.decode(stored.data)["title"]


async def test_it_says_so(engine: SearchEngine) -> None:
    assert engine.is_shared


@pytest.mark.parametrize("order", [*permutations((1, 2, 3))])
async def test_the_highest_version_stays_in_whatever_order_they_come(
    engine: SearchEngine, order: tuple[int, ...]
) -> None:
    for version in order:
        assert not await engine.write(documents("film", [film(1, f"At {version}")]), version=LARGE + version)
    assert await title_of(engine) == "At 3"


async def test_a_deletion_counts_as_a_write(engine: SearchEngine) -> None:
    await engine.write([], [("film", film_id(1))], version=LARGE + 2)
    await engine.write(documents("film", [film(1, "Late")]), version=LARGE + 1)
    assert await title_of(engine) is None
    await engine.write(documents("film", [film(1, "Newer")]), version=LARGE + 3)
    await engine.write([], [("film", film_id(1))], version=LARGE + 2)
    assert await title_of(engine) == "Newer"


async def test_a_deletion_of_what_was_never_there_counts_too(engine: SearchEngine) -> None:
    await engine.write([], [("film", film_id(77))], version=LARGE + 2)
    await engine.write(documents("film", [film(77, "Late")]), version=LARGE + 1)
    assert await title_of(engine, 77) is None


async def test_the_same_version_again_is_written_again(engine: SearchEngine) -> None:
    """A request whose answer was lost, or a build gone on with: what comes later was read later."""
    for title in ("Once", "Twice"):
        await engine.write(documents("film", [film(1, title)]), version=LARGE)
    assert await title_of(engine) == "Twice"


async def test_writers_at_once_agree_on_the_highest(engine: SearchEngine, make_engine: MakeEngine) -> None:
    others = [make_engine() for _ in range(3)]
    versions = random.Random(2).sample(range(40), 40)

    async def write(writer: SearchEngine, version: int) -> None:
        changed = documents("film", [film(number, f"At {version}") for number in (1, 2, 3)])
        await writer.write(
            changed if version % 3 else [], [] if version % 3 else [("film", film_id(1))], version=LARGE + version
        )

    await asyncio.gather(*(write(others[version % 3], version) for version in versions))
    assert await title_of(engine, 2) == "At 38"
    assert await title_of(engine, 1) is None
    for other in others:
        await other.close()


async def test_what_one_has_written_another_reads_at_once(engine: SearchEngine, make_engine: MakeEngine) -> None:
    writer = make_engine()
    listing = Listing(kind="film", sort=Sort("year", descending=True), size=1)
    for number in range(10):
        await writer.write(documents("film", [film(1, f"Take {number}", year=2030)]), version=LARGE + number)
        assert await title_of(engine) == f"Take {number}"
        assert msgspec.json.decode((await engine.page(listing)).items[0].data)["title"] == f"Take {number}"
    await writer.close()


# Builds


async def test_a_write_goes_to_every_build_that_is_named(engine: SearchEngine) -> None:
    build, live = await engine.start_build(), await engine.find_build()
    assert live is not None
    await build.write(documents("film", [film(1, "Streamed"), film(2, "Streamed")]), version=LARGE)
    changed = documents("film", [film(1, "Changed")])
    await engine.write(changed, [("film", film_id(2))], version=LARGE + 1, builds=[live, build.name])
    await build.write(documents("film", [film(2, "Streamed")]), version=LARGE)
    assert [await title_of(engine, number) for number in (1, 2)] == ["Changed", None]
    await build.publish()
    assert [await title_of(engine, number) for number in (1, 2)] == ["Changed", None]
    assert await engine.find_build() == build.name


async def test_the_one_that_was_published_before_stays_until_it_is_removed(engine: SearchEngine) -> None:
    before = await engine.find_build()
    assert before is not None
    build = await engine.start_build()
    await build.publish()
    await engine.write(documents("film", [film(1, "Kept")]), version=LARGE, builds=[before, build.name])
    await engine.remove_build(build.name)
    assert await title_of(engine) == "Kept"
    await engine.remove_build(before)
    await engine.remove_build(before)
    with pytest.raises(EngineUnavailableError):
        await engine.write(documents("film", [film(1, "Lost")]), version=LARGE, builds=[before, build.name])
    assert await engine.find_build() == build.name


async def test_a_build_is_gone_on_with_by_another_process(engine: SearchEngine, make_engine: MakeEngine) -> None:
    begun = await engine.start_build()
    await begun.write(documents("film", [film(30, "First Half")]), version=LARGE)
    other = make_engine()
    build = await other.resume_build(begun.name)
    assert build is not None
    assert build.name == begun.name
    await build.write(documents("film", [film(31, "Second Half")]), version=LARGE)
    assert await build.count("film") == 2
    await build.publish()
    assert await engine.count("film") == 2
    await other.close()


async def test_a_build_is_compacted_without_losing_anything_that_is_written_meanwhile(
    engine: SearchEngine, place: str
) -> None:
    build, live = await engine.start_build(), await engine.find_build()
    assert live is not None
    for number in range(1, 9):
        await build.write(documents("film", [film(number, f"Film {number}")]), version=LARGE)
        assert await build.count("film") == number
    assert await segments(place, build.name) > 1
    late = engine.write(
        documents("film", [film(9, "Late")]), [("film", film_id(1))], version=LARGE + 1, builds=[build.name]
    )
    await asyncio.gather(build.compact("film"), late)
    await build.compact("film")
    assert await segments(place, build.name) == 1
    await build.publish()
    assert [await title_of(engine, number) for number in (1, 2, 9)] == [None, "Film 2", "Late"]
    await engine.write(documents("film", [film(1, "Too Late")]), version=LARGE)
    assert await title_of(engine) is None


async def segments(place: str, build: str) -> int:
    """Of the films."""
    async with httpx.AsyncClient(base_url=ELASTICSEARCH[0]) as http:
        found = (await http.get(f"/_cat/segments/{place}movies-{build}", params={"format": "json"})).json()
    return len(found)


async def test_no_build_is_gone_on_with_that_is_published_or_gone_or_of_another_layout(engine: SearchEngine) -> None:
    live = await engine.find_build()
    assert live is not None
    gone = await engine.start_build()
    await gone.abandon()
    assert [await engine.resume_build(name) for name in (live, gone.name, "000000000000-1")] == [None, None, None]


async def test_no_index_is_made_by_writing_to_what_is_gone(engine: SearchEngine) -> None:
    gone = await engine.start_build()
    await gone.abandon()
    with pytest.raises(EngineUnavailableError):
        await gone.write(documents("film", [film(1, "Nowhere")]), version=LARGE)
    assert await engine.resume_build(gone.name) is None


async def test_the_highest_version_of_all_that_was_written(engine: SearchEngine) -> None:
    assert await engine.highest_version() == 0
    await engine.write(documents("person", [person(CHAPLIN)]), version=LARGE + 7)
    await engine.write(documents("film", [film(1, "Older")]), version=LARGE + 3)
    assert await engine.highest_version() == LARGE + 7
    await engine.write([], [("person", CHAPLIN)], version=LARGE + 9)
    assert await engine.highest_version() == LARGE + 9
    await engine.write([], [("film", film_id(2))], version=LARGE + 8)
    assert await engine.highest_version() == LARGE + 9


async def test_a_deletion_leaves_nothing_that_would_be_counted_or_listed(engine: SearchEngine) -> None:
    await engine.write([], [("film", film_id(1))], version=LARGE)
    hits = await engine.page(Listing(kind="genre", sort=Sort("name"), size=20))
    assert (len(hits.items), hits.total, await engine.count("genre")) == (3, 3, 3)
    assert len([one async for one in engine.fingerprints("genre")]) == 3
    assert await engine.count("film") == len(FILMS) - 1


# Nodes


async def test_a_node_that_is_away_costs_no_read(engine: SearchEngine, place: str) -> None:
    nodes = ["http://127.0.0.1:1", *ELASTICSEARCH, "http://127.0.0.1:2"]
    other = ElasticsearchEngine(nodes, place, NeverTheSame(), timeout=30)
    assert await other.open()
    for _ in range(10):
        assert await title_of(other) == "The Shining"
    await other.close()


async def test_while_nobody_answers_reads_say_so_and_soon_without_asking(place: str) -> None:
    alone = ElasticsearchEngine(["http://127.0.0.1:1"], place, NeverTheSame())
    assert not await alone.open()
    said = []
    for _ in range(4):
        with pytest.raises(EngineUnavailableError) as raised:
            await alone.get("film", film_id(1))
        said.append(raised.value.detail)
    assert said[-1] == "Elasticsearch does not answer; it is tried again every second."
    await alone.close()


async def test_an_engine_that_was_opened_in_vain_reads_once_somebody_answers(
    engine: SearchEngine, place: str, unused_tcp_port: int
) -> None:
    late = ElasticsearchEngine([f"http://127.0.0.1:{unused_tcp_port}"], place, NeverTheSame(), timeout=30)
    assert not await late.open()
    async with forwarding(unused_tcp_port, ELASTICSEARCH[0]):
        await until_read(late)
    await late.close()


async def until_read(engine: SearchEngine) -> None:
    while True:
        try:
            assert await title_of(engine) == "The Shining"
        except EngineUnavailableError:
            await asyncio.sleep(0.05)
        else:
            return


@asynccontextmanager
async def forwarding(port: int, url: str) -> AsyncIterator[None]:
    target = urlsplit(url)

    async def connect(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection(target.hostname, target.port)
        await asyncio.gather(pump(reader, back), pump(there, writer))

    server = await asyncio.start_server(connect, "127.0.0.1", port)
    try:
        yield
    finally:
        server.close()


async def pump(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while data := await source.read(65536):
            sink.write(data)
            await sink.drain()
    sink.close()
