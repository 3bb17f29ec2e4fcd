"""The access record: one line a request, whatever is in the request."""

import asyncio
import io
import re
import time

from hypothesis import given
from hypothesis import strategies as st
from msgspec.json import decode

from kinoteka.settings import Settings
from kinoteka.web.access import AccessLog, console_line, json_line, open_access_log
from kinoteka.web.exchange import Exchange
from kinoteka.web.metrics import Metrics


def make_exchange(**about: object) -> Exchange:
    given_: dict[str, object] = {
        "method": "GET",
        "path": "/films",
        "query": b"page=1",
        "headers": {},
        "request_id": "r1",
    }
    return Exchange(**{**given_, **about})  # type: ignore[arg-type] # a test's shorthand


@given(st.text(), st.binary(), st.text())
def test_any_request_makes_one_line_of_json(path: str, query: bytes, client: str) -> None:
    exchange = make_exchange(path=path, query=query, client=client, status=200, route="/films")
    line = json_line(exchange, 0.0125)
    assert line.endswith("}\n")
    assert line.count("\n") == 1
    record = decode(line)
    assert record["path"] == path[:500].encode(errors="replace").decode()
    assert record["milliseconds"] == 12.5
    assert len(record["query"]) <= 500


@given(st.text(), st.binary())
def test_no_request_steers_the_terminal(path: str, query: bytes) -> None:
    line = console_line(make_exchange(path=path, query=query, status=404), 0.001)
    shown = re.sub(r"\x1b\[\d+m", "", line, count=6)
    assert shown.endswith("\n")
    assert shown[:-1].isprintable()


async def test_lines_are_written_in_one_batch_soon_or_when_flushed() -> None:
    stream = io.StringIO()
    log = AccessLog(stream, json_line)
    for number in range(3):
        log(make_exchange(request_id=f"r{number}"))
    assert stream.getvalue() == ""
    log.flush()
    assert [decode(line)["request_id"] for line in stream.getvalue().splitlines()] == ["r0", "r1", "r2"]
    log(make_exchange(request_id="later"))
    deadline = time.monotonic() + 30
    while "later" not in stream.getvalue():
        assert time.monotonic() < deadline
        await asyncio.sleep(0.01)


async def test_nobody_reading_the_log_is_no_reason_to_fail() -> None:
    stream = io.StringIO()
    log = AccessLog(stream, json_line)
    stream.close()
    log(make_exchange())
    log.flush()


def test_the_level_keeps_records_away() -> None:
    assert open_access_log(Settings(log_level="warning")) is None
    assert open_access_log(Settings(log_level="info")) is not None


def test_metrics_count_what_was_answered() -> None:
    metrics = Metrics()
    for status in (200, 200, 404):
        metrics.count(make_exchange(status=status, route="/films", method="GET"))
    metrics.count(make_exchange(status=405, method="BREW"))
    text = metrics.render({"feed_age_seconds": ("Age.", 1.5)}).decode()
    assert 'kinoteka_requests_total{cache="-",method="GET",route="/films",status="200"} 2.0' in text
    assert 'method="other"' in text
    assert "BREW" not in text
    assert 'kinoteka_request_seconds_bucket{le="+Inf"} 4.0' in text
    assert "kinoteka_feed_age_seconds 1.5" in text
