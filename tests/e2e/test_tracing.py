"""Traces, seen by a collector: what stands in them, what does not, and that nobody waits for it."""

import json
import signal
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.collector import Collector, collect
from tests.e2e.program import Program, serve

SERVER = 2  # SPAN_KIND_SERVER
TRACE = "0af7651916cd43dd8448eb211c80319c"
CALLER = "b7ad6b7169203331"
PARENT = {"traceparent": f"00-{TRACE}-{CALLER}-01"}


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.fixture
def collector() -> Iterator[Collector]:
    with collect() as collector:
        yield collector


def records(program: Program) -> list[dict[str, str]]:
    return [json.loads(line) for line in program.said().splitlines() if line.startswith("{")]


def test_a_trace_goes_from_the_caller_through_http_to_sql(data: Path, collector: Collector) -> None:
    with serve(data, "--demo", KINOTEKA_OTLP_ENDPOINT=collector.address) as program:
        program.wait_until_indexed()
        assert program.ask("/api/v1/films/top?page_size=20", **PARENT).status_code == 200
        program.stop(signal.SIGTERM)
    [top] = collector.named("GET /api/v1/films/top")
    assert (top.trace, top.parent, top.kind) == (TRACE, CALLER, SERVER)
    assert top.attributes["http.route"] == "/api/v1/films/top"
    assert top.attributes["http.response.status_code"] == "200"
    assert top.attributes["kinoteka.cache"] == "miss"
    assert [span for span in collector.below(top) if "asyncpg" in span.library]
    assert {span.trace for span in collector.below(top)} == {TRACE}
    assert collector.resource["service.name"] == "kinoteka"


def test_the_trace_id_stands_in_problems_records_and_answers(data: Path, collector: Collector) -> None:
    with serve(data, KINOTEKA_OTLP_ENDPOINT=collector.address) as program:
        given = program.ask("/api/v1/nothing", **PARENT)
        own = program.ask("/api/v1/nothing")
        named = program.ask("/api/v1/nothing", **PARENT, **{"x-request-id": "mine-12345"})
        program.stop(signal.SIGTERM)
    assert given.json()["trace_id"] == given.headers["x-request-id"] == TRACE
    assert own.json()["trace_id"] == own.headers["x-request-id"] != TRACE
    assert (named.json()["trace_id"], named.headers["x-request-id"]) == (TRACE, "mine-12345")
    assert {record["request_id"]: record["trace_id"] for record in records(program) if "trace_id" in record} == {
        TRACE: TRACE,
        own.json()["trace_id"]: own.json()["trace_id"],
        "mine-12345": TRACE,
    }
    assert {span.trace for span in collector.named("GET")} >= {TRACE, own.json()["trace_id"]}


def test_nothing_that_was_asked_for_and_no_housekeeping(data: Path, collector: Collector) -> None:
    with serve(data, "--demo", KINOTEKA_OTLP_ENDPOINT=collector.address) as program:
        program.wait_until_indexed()
        program.ask("/api/v1/search?q=oscarwilde", **{"user-agent": "agentsmith"})
        program.ask("/api/v1/films/by/imdb/tt7777777")
        program.stop(signal.SIGTERM)
    assert collector.named("GET /api/v1/search")
    said = "".join(span.said for span in collector.spans)
    assert [word for word in ("oscarwilde", "agentsmith", "tt7777777", "127.0.0.1:") if word in said] == []
    assert {span.kind for span in collector.spans if not span.parent} == {SERVER}
    assert {span.events for span in collector.spans} == {0}
    assert not [span for span in collector.spans if "health" in span.name]


def test_a_share_of_none_and_the_standard_variables(data: Path, collector: Collector) -> None:
    with serve(data, OTEL_EXPORTER_OTLP_ENDPOINT=collector.address, KINOTEKA_TRACE_SHARE="0") as program:
        assert program.ask("/api/v1/nothing").json()["trace_id"]
        program.ask("/api/v1/nothing", **PARENT)
        program.stop(signal.SIGTERM)
    assert [span.trace for span in collector.spans if not span.parent or span.parent == CALLER] == [TRACE]


def test_the_standard_variables_name_and_sample(data: Path, collector: Collector) -> None:
    environ = {
        "OTEL_EXPORTER_OTLP_ENDPOINT": collector.address,
        "OTEL_SERVICE_NAME": "films",
        "OTEL_TRACES_SAMPLER": "parentbased_always_off",
    }
    with serve(data, **environ) as program:
        program.ask("/api/v1/nothing")
        program.ask("/api/v1/nothing", **PARENT)
        program.stop(signal.SIGTERM)
    assert {span.trace for span in collector.spans} == {TRACE}
    assert collector.resource["service.name"] == "films"


@pytest.fixture
def deaf() -> Iterator[str]:
    """Accepts, as long as the backlog lasts, and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"http://127.0.0.1:{server.getsockname()[1]}"


@pytest.fixture
def nobody() -> str:
    return "http://127.0.0.1:1"


@pytest.mark.parametrize("which", ["deaf", "nobody"])
def test_a_collector_that_fails_disturbs_nobody(data: Path, which: str, request: pytest.FixtureRequest) -> None:
    with serve(data, KINOTEKA_OTLP_ENDPOINT=request.getfixturevalue(which), OTEL_BSP_SCHEDULE_DELAY="50") as program:
        assert {program.ask("/api/v1/nothing").status_code for _ in range(100)} == {404}
        assert program.stop(signal.SIGTERM) == 0
    assert "Traceback" not in program.said()
