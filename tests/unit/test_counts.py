"""What several processes counted, put together."""

from hypothesis import given
from hypothesis import strategies as st

from kinoteka.web.counts import merge, merge_counts, to_text
from kinoteka.web.exchange import Exchange
from kinoteka.web.metrics import Metrics


def counted(routes: list[str]) -> Metrics:
    metrics = Metrics()
    for route in routes:
        metrics.count(Exchange("GET", route, b"", {}, "id", route=route, status=200))
    return metrics


def value(text: bytes, beginning: str) -> float:
    return sum(float(line.split()[-1]) for line in text.decode().splitlines() if line.startswith(beginning))


ROUTES = st.lists(st.sampled_from(["/films", "/search", "/films/{id}"]))


@given(st.lists(ROUTES, min_size=1, max_size=4))
def test_counts_are_added_up(processes: list[list[str]]) -> None:
    text = to_text(merge((f"api-{n}", counted(routes).own_counts()) for n, routes in enumerate(processes)))
    for route in ("/films", "/search", "/films/{id}"):
        wanted = sum(routes.count(route) for routes in processes)
        assert value(text, f'kinoteka_requests_total{{cache="-",method="GET",route="{route}"') == wanted
    everything = sum(map(len, processes))
    assert value(text, 'kinoteka_request_seconds_bucket{le="+Inf"}') == everything
    assert value(text, "kinoteka_request_seconds_count") == everything


def test_buckets_stay_in_their_order() -> None:
    lines = to_text(merge([("a", counted(["/films"]).own_counts()), ("b", counted([]).own_counts())])).decode()
    bounds = [line.split('"')[1] for line in lines.splitlines() if "seconds_bucket" in line]
    assert bounds == sorted(bounds, key=float)


def test_what_stands_for_one_process_is_told_apart() -> None:
    own = counted([]).own_counts()
    text = to_text(merge([("api-1", own), ("api-2", own), ("", own)])).decode()
    assert text.count("\nprocess_resident_memory_bytes{") == 2
    assert 'process_resident_memory_bytes{process="api-2"}' in text


@given(ROUTES, ROUTES)
def test_sums_go_on_from_those_that_ended(ended: list[str], present: list[str]) -> None:
    gone = merge_counts(["", counted(ended).own_counts()])
    text = to_text(merge([("", gone), ("api-1", counted(present).own_counts())]))
    assert value(text, "kinoteka_requests_total") == len(ended) + len(present)


def test_one_process_tells_its_own() -> None:
    text = counted(["/films"]).render({"feed_waiting": ("Changes.", 3.0)})
    assert value(text, "kinoteka_requests_total") == 1
    assert value(text, "kinoteka_feed_waiting") == 3
    assert value(text, "process_resident_memory_bytes ") > 0
