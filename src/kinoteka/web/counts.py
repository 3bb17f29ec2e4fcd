"""What several processes counted, put together for Prometheus, which asks whichever of them happens to answer."""

from collections.abc import Iterable

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import Metric
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.registry import Collector
from prometheus_client.samples import Sample

_SUMMED = {"counter", "histogram", "summary"}
_Key = tuple[str, tuple[tuple[str, str], ...]]


def merge(texts: Iterable[tuple[str, str]]) -> list[Metric]:
    """`texts`: processes' names and what they counted, in Prometheus' text format.

    Counts are added up. What only stands for one process, its memory for one, is told apart by a label `process`, and
    left out of a process without a name.
    """
    sums: dict[str, Metric] = {}
    apart: dict[str, Metric] = {}
    for process, text in texts:
        for family in text_string_to_metric_families(text):
            if family.type in _SUMMED:
                _merged(sums, family).samples.extend(family.samples)
            elif process:
                _merged(apart, family).samples.extend(_label(sample, process) for sample in family.samples)
    for family in sums.values():
        family.samples = _add_up(family.samples)
    return [*sums.values(), *apart.values()]


def merge_counts(texts: Iterable[str]) -> str:
    """Of processes that have ended or are about to: the sums go on from there."""
    return to_text(merge(("", text) for text in texts)).decode()


def to_text(families: Iterable[Metric]) -> bytes:
    registry = CollectorRegistry()
    registry.register(_Given(list(families)))
    return generate_latest(registry)


class _Given(Collector):
    def __init__(self, families: list[Metric]) -> None:
        self._families = families

    def collect(self) -> list[Metric]:
        return self._families


def _merged(families: dict[str, Metric], family: Metric) -> Metric:
    return families.setdefault(family.name, Metric(family.name, family.documentation, family.type))


def _label(sample: Sample, process: str) -> Sample:
    return sample._replace(labels={**sample.labels, "process": process})


def _add_up(samples: list[Sample]) -> list[Sample]:
    sums: dict[_Key, Sample] = {}
    for sample in samples:
        key = (sample.name, tuple(sorted(sample.labels.items())))
        known = sums.get(key)
        sums[key] = sample._replace(value=sample.value + known.value) if known else sample
    return list(sums.values())
