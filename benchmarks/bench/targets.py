"""What each figure is to be: of a ratio where there is one, of the value itself where there is none."""

from msgspec.structs import replace

from benchmarks.elasticsearch_rates import DIRECT, DIRECT_ON_LOADS_CORE, LEAST
from benchmarks.importing import OUT, SAME
from benchmarks.lines import Line, Target, at_least, below
from benchmarks.pending import NAME as PENDING
from benchmarks.pending import ONE_QUERY
from benchmarks.rates import BARE, BARE_EMPTY, BARE_LIST, REDIS
from benchmarks.writes import WITHOUT

TARGETS: dict[tuple[str, str], Target] = {
    ("hot list of 50", BARE): at_least(0.6),
    ("hot film", BARE): at_least(0.6),
    ("304 by ETag", BARE_EMPTY): at_least(0.8),
    ("shared list of 50", REDIS): at_least(0.7),
    ("shared film", REDIS): at_least(0.7),
    ("uncached list of 50", BARE_LIST): at_least(0.08),
    ("uncached film by id", BARE_LIST): at_least(0.2),
    ("uncached search", BARE_LIST): at_least(0.04),
    ("uncached list of 50", DIRECT): at_least(0.8),
    ("uncached list of 50", DIRECT_ON_LOADS_CORE): at_least(0.8),
    ("uncached film by id", LEAST): at_least(0.8),
    ("uncached search", LEAST): at_least(0.8),
    (PENDING, ONE_QUERY): at_least(0.8),
    ("import imdb", SAME): at_least(0.33),
    ("export csv", OUT): at_least(0.7),
    ("full build", "made beforehand, sent"): at_least(0.8),
    ("memory of the builder", ""): below(200),
    ("visible after, 1,000 changes/s", ""): below(500),
    ("changes through SQL", WITHOUT): at_least(0.75),
    ("readers while 50 sign in", ""): below(20),
    ("memory of import imdb", ""): below(300),
    ("memory of export csv", ""): below(300),
    ("memory of export jsonl", ""): below(300),
    ("memory of serve, embedded", ""): below(250),
    ("memory of serve, on servers", ""): below(250),
}


def aim(line: Line) -> Line:
    return replace(line, target=TARGETS.get((line.name, line.of)))
