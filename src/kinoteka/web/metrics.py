"""What Prometheus reads: requests by route and status, their durations, and gauges that are asked for when it reads."""

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Mapping
from time import perf_counter

from prometheus_client import CollectorRegistry, PlatformCollector, ProcessCollector, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

from kinoteka.web.counts import merge, to_text
from kinoteka.web.exchange import Exchange

BOUNDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)
"""Seconds."""
METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}

Gauges = Mapping[str, tuple[str, float]]
"""Name to (help, value)."""


class Metrics(Collector):
    """Counts in plain dictionaries: the client's own counters take a lock and three look-ups for each request."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.registry.register(self)
        ProcessCollector(registry=self.registry)
        PlatformCollector(registry=self.registry)
        self._requests: Counter[tuple[str, str, int, str]] = Counter()
        self._buckets = [0] * (len(BOUNDS) + 1)
        self._seconds = 0.0

    def count(self, exchange: Exchange) -> None:
        method = exchange.method if exchange.method in METHODS else "other"
        self._requests[method, exchange.route, exchange.status, exchange.cache] += 1
        seconds = perf_counter() - exchange.started
        self._buckets[bisect_left(BOUNDS, seconds)] += 1
        self._seconds += seconds

    def render(self, gauges: Gauges, counted: Mapping[str, str] | None = None) -> bytes:
        """In Prometheus' text format. `counted`: `own_counts` of every process, this one too, by its name; None where
        there is but this one."""
        counts = list(self.registry.collect()) if counted is None else merge(counted.items())
        asked = [GaugeMetricFamily(f"kinoteka_{name}", help_, value) for name, (help_, value) in gauges.items()]
        return to_text([*counts, *asked])

    def own_counts(self) -> str:
        return generate_latest(self.registry).decode()

    def collect(self) -> Iterable[Metric]:
        yield self._request_family()
        yield self._duration_family()

    def _request_family(self) -> Metric:
        family = CounterMetricFamily(
            "kinoteka_requests",
            "Requests answered; route is empty for unknown addresses; cache is - for what is never kept.",
            labels=("method", "route", "status", "cache"),
        )
        for (method, route, status, cache), number in self._requests.items():
            family.add_metric([method, route, str(status), cache], number)
        return family

    def _duration_family(self) -> Metric:
        family = HistogramMetricFamily("kinoteka_request_seconds", "Time from request to the end of its answer.")
        total, buckets = 0, []
        for bound, number in zip((*map(str, BOUNDS), "+Inf"), self._buckets, strict=True):
            total += number
            buckets.append((bound, total))
        family.add_metric([], buckets, self._seconds)
        return family
