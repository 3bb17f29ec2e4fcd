"""The results as a table."""

from msgspec import Struct
from rich.console import Console
from rich.table import Table

from benchmarks.relevance.measuring import FEWEST, Result, discounted_gain, first, mean, percentile, reciprocal

SEARCH_P95, SUGGEST_P95, NO_RESULT = 25.0, 10.0, 0.003
"""Gates: milliseconds, milliseconds, share of queries that mean something and get nothing."""
DIFFERENCE = 0.03
"""As far as the engines may be apart in a slice."""


class Totals(Struct, frozen=True):
    queries: int
    no_result: float
    search_p95: float
    suggest_p95: float

    @classmethod
    def of(cls, results: list[Result], suggest_times: list[float]) -> "Totals":
        asked = [outcome for result in results for outcome in result.outcomes]
        meant = [outcome for outcome in asked if outcome.case.right]
        return cls(
            queries=len(asked),
            no_result=mean([float(outcome.shown == 0) for outcome in meant]),
            search_p95=percentile([outcome.milliseconds for outcome in asked], 0.95),
            suggest_p95=percentile(suggest_times, 0.95),
        )

    @property
    def passes(self) -> bool:
        return self.no_result < NO_RESULT and self.search_p95 < SEARCH_P95 and self.suggest_p95 < SUGGEST_P95


def print_results(engine: str, results: list[Result], totals: Totals) -> None:
    table = Table(title=f"Relevance with {engine}, {totals.queries} known-item queries")
    for column in ("slice", "n", "S@1", "MRR@10", "nDCG@10", "none", "p95 ms", "95 %", "gate", ""):
        table.add_column(column, justify="left" if column == "slice" else "right")
    for result in results:
        table.add_row(*_row(result))
    console = Console(width=150)
    console.print(table)
    console.print(f"no result {totals.no_result:.2%} (gate {NO_RESULT:.1%})")
    console.print(f"search p95 {totals.search_p95:.1f} ms (gate {SEARCH_P95:.0f})")
    console.print(f"suggest p95 {totals.suggest_p95:.1f} ms (gate {SUGGEST_P95:.0f})")


def _row(result: Result) -> tuple[str, ...]:
    low, high = result.interval()
    outcomes = result.outcomes
    verdict = f"fewer than {FEWEST}" if not result.is_gated else "[green]✓[/]" if result.passes else "[red]✗[/]"
    sign = "<" if result.slice.metric == "answered" else "≥"
    return (
        result.slice.name,
        str(len(outcomes)),
        f"{mean([first(outcome) for outcome in outcomes]):.3f}",
        f"{mean([reciprocal(outcome) for outcome in outcomes]):.3f}",
        f"{mean([discounted_gain(outcome) for outcome in outcomes]):.3f}",
        f"{mean([float(outcome.shown == 0) for outcome in outcomes]):.1%}",
        f"{percentile([outcome.milliseconds for outcome in outcomes], 0.95):.1f}",
        f"{low:.3f}–{high:.3f}",
        f"{result.slice.metric} {sign} {result.slice.gate}",
        verdict,
    )


def print_differences(measured: dict[str, list[Result]]) -> bool:
    """Whether the engines agree; nothing to say of one alone."""
    apart = differences(*measured.values()) if len(measured) > 1 else {}
    for name, difference in sorted(apart.items(), key=lambda item: -item[1])[:5]:
        verdict = "" if difference <= DIFFERENCE else ": MISSED"
        print(f"{name}: the engines differ by {difference:.3f} (gate {DIFFERENCE}){verdict}")
    return all(difference <= DIFFERENCE for difference in apart.values())


def differences(ones: list[Result], others: list[Result]) -> dict[str, float]:
    """Of every slice, by its name."""
    return {one.slice.name: abs(one.value - other.value) for one, other in zip(ones, others, strict=True)}


def print_failures(result: Result) -> None:
    for outcome in result.outcomes:
        if outcome.rank != 1 and (outcome.case.right or outcome.shown):
            place = f"at {outcome.rank}" if outcome.rank else "not found"
            asked = f"{result.slice.name}: {outcome.case.query!r} for {outcome.case.meant!r}"
            print(f"{asked}: {place} of {outcome.shown} shown")
