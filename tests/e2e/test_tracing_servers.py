"""Traces on real servers: what Elasticsearch and Redis were asked stands below the request."""

import signal
from pathlib import Path

import pytest

from tests.e2e.collector import collect
from tests.e2e.program import serve

TRACE, CALLER = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"


def test_what_elasticsearch_and_redis_were_asked_stands_below_the_request(
    tmp_path: Path, servers: dict[str, str]
) -> None:
    with (
        collect() as collector,
        serve(tmp_path / "data", "--demo", KINOTEKA_OTLP_ENDPOINT=collector.address, **servers) as program,
    ):
        program.wait_until_indexed()
        program.ask("/api/v1/search?q=oscarwilde", traceparent=f"00-{TRACE}-{CALLER}-01")
        program.stop(signal.SIGTERM)
    [search] = collector.named("GET /api/v1/search")
    below = collector.below(search)
    libraries = {span.library for span in below}
    assert {"elastic_transport", "opentelemetry.instrumentation.redis"} <= libraries
    assert {span.trace for span in below} == {TRACE}
    assert {span.parent for span in collector.spans} - {span.id for span in collector.spans} == {CALLER}
    said = "".join(span.said for span in collector.spans)
    assert "oscarwilde" not in said


@pytest.mark.parametrize("processes", ["1", "2"])
def test_every_process_sends_its_own(tmp_path: Path, servers: dict[str, str], processes: str) -> None:
    servers["KINOTEKA_PROCESSES"] = processes
    with (
        collect() as collector,
        serve(tmp_path / "data", KINOTEKA_OTLP_ENDPOINT=collector.address, **servers) as program,
    ):
        answers = [program.ask("/api/v1/nothing") for _ in range(40)]
        program.stop(signal.SIGTERM)
    assert {span.trace for span in collector.named("GET")} == {answer.json()["trace_id"] for answer in answers}
