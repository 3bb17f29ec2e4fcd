"""`python -m benchmarks.relevance.page docs/relevance.md --catalogue demo --catalogue FOLDER`: the page of the docs.

Both engines, slice by slice, on each catalogue; then queries of the first catalogue with what each engine answers, two
of every slice. Exit status 1 when the engines are further apart than they may be.
"""

import argparse
import asyncio
import sys
from collections.abc import Iterator
from pathlib import Path

from msgspec import Struct

from benchmarks.own_engines import ENGINES
from benchmarks.relevance.asking import measure, open_catalogue
from benchmarks.relevance.measuring import Outcome, Result
from benchmarks.relevance.table import DIFFERENCE, NO_RESULT, Totals, differences

_EXAMPLES = 2
_HEAD = f"""# Relevance, measured

Made by `python -m benchmarks.relevance.page docs/relevance.md --catalogue demo --catalogue FOLDER` with Elasticsearch
at `TEST_ELASTICSEARCH_URL`; `make relevance` measures the same and checks it.

Queries are made from the catalogue: a title or a name is drawn, changed as its slice says, and searched for; the right
answers are known. Half of the titles are drawn from the tenth with most votes. S@1: the share whose first answer is a
right one. MRR: the mean of one divided by the rank of the first right answer among ten. «answered»: the share of
queries without any meaning that get an answer all the same. The intervals are of 95 %, by the bootstrap over queries.
A gate over fewer than twenty queries is not enforced; a catalogue without titles in Cyrillic has no slice that needs
them. In no slice may the engines be further apart than {DIFFERENCE}.
"""


class Measured(Struct, frozen=True):
    """Results and totals of each engine, in the order of ENGINES."""

    name: str
    results: tuple[list[Result], list[Result]]
    totals: tuple[Totals, Totals]

    @property
    def furthest(self) -> tuple[str, float]:
        return max(differences(*self.results).items(), key=lambda item: item[1])


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.relevance.page",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("page", type=Path)
    parser.add_argument("--catalogue", action="append", metavar="FOLDER|demo", help="several may be given (demo)")
    parser.add_argument("--size", type=int, default=300, help="queries per slice (300)")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    sources = options.catalogue or ["demo"]
    measured = [asyncio.run(_measure(source, options.size, options.seed)) for source in sources]
    options.page.write_text("\n".join(_page(measured)))
    return 1 if any(one.furthest[1] > DIFFERENCE for one in measured) else 0


async def _measure(source: str, size: int, seed: int) -> Measured:
    catalogue = await open_catalogue(source, size, seed)
    name = "The demo catalogue" if source == "demo" else f"A catalogue of {catalogue.films:,} real films"
    (ones, of_ones), (others, of_others) = [await measure(catalogue, engine) for engine in ENGINES]
    return Measured(name, (ones, others), (of_ones, of_others))


def _page(measured: list[Measured]) -> Iterator[str]:
    yield _HEAD
    for one in measured:
        yield from _figures(one)
    yield from _examples(measured[0])


def _figures(measured: Measured) -> Iterator[str]:
    slice_, apart = measured.furthest
    agree = f"The engines are furthest apart in «{slice_}»: by {apart:.3f}."
    if not apart:
        agree = "The engines agree in every slice."
    answered = " and ".join(
        f"{totals.no_result:.2%} with {engine}" for engine, totals in zip(ENGINES, measured.totals, strict=True)
    )
    yield f"## {measured.name}\n"
    yield (
        f"{measured.totals[0].queries:,} queries. Of those that mean something {answered} get no answer (gate "
        f"{NO_RESULT:.1%}). {agree}\n"
    )
    yield f"| slice | queries | gate | {ENGINES[0]} | 95 % | {ENGINES[1]} | 95 % | apart |"
    yield "|---|---|---|---|---|---|---|---|"
    for one, other in zip(*measured.results, strict=True):
        sign = "<" if one.slice.metric == "answered" else "≥"
        gate = f"{one.slice.metric} {sign} {one.slice.gate}"
        figures = f"{_figure(one)} | {_figure(other)} | {abs(one.value - other.value):.3f}"
        yield f"| {one.slice.name} | {len(one.outcomes)} | {gate} | {figures} |"
    yield ""


def _figure(result: Result) -> str:
    low, high = result.interval()
    missed = "" if result.passes else " **missed**"
    return f"{result.value:.3f}{missed} | {low:.3f}–{high:.3f}"


def _examples(measured: Measured) -> Iterator[str]:
    yield f"## {measured.name}: queries and answers\n"
    yield "The first three answers of each engine; the right ones are set in bold.\n"
    yield f"| slice | query | meant | {ENGINES[0]} | {ENGINES[1]} |"
    yield "|---|---|---|---|---|"
    for one, other in zip(*measured.results, strict=True):
        for asked, also in list(zip(one.outcomes, other.outcomes, strict=True))[:_EXAMPLES]:
            words = (asked.case.query, asked.case.meant)
            cells = (one.slice.name, *(_plain(word) for word in words), _answers(asked), _answers(also))
            yield f"| {' | '.join(cells)} |"
    yield ""


def _answers(outcome: Outcome) -> str:
    top = enumerate((_plain(name) for name in outcome.top), 1)
    return "<br>".join(f"**{name}**" if rank in outcome.ranks else name for rank, name in top) or "—"


def _plain(words: str) -> str:
    """As it is, in a cell of a table."""
    return "".join(f"\\{letter}" if letter in "|*_`<>#[]" else letter for letter in words).strip()


if __name__ == "__main__":
    sys.exit(main())
