"""How the response cache stands, for Prometheus. Hits by level and misses are counted with the requests."""

from collections.abc import Iterable

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from kinoteka.cache.port import Answers, Tokens
from kinoteka.web.response_cache import ResponseCache


class CacheMetrics(Collector):
    def __init__(self, cache: ResponseCache, tokens: Tokens, answers: Answers | None) -> None:
        self._cache = cache
        self._tokens = tokens
        self._answers = answers

    def collect(self) -> Iterable[Metric]:
        yield GaugeMetricFamily("kinoteka_cache_bytes", "Memory that kept answers take.", self._cache.size)
        yield GaugeMetricFamily(
            "kinoteka_cache_blind",
            "1 while changes made by other processes cannot be learned of: answers are kept for a moment only.",
            self._tokens.is_blind,
        )
        if self._answers is not None:
            family = CounterMetricFamily(
                "kinoteka_redis_errors", "Commands that Redis did not answer in time, or refused.", labels=("use",)
            )
            family.add_metric(["tokens"], self._tokens.errors)
            family.add_metric(["answers"], self._answers.errors)
            yield family
