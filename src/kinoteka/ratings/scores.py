"""Scores: 1 to 10 in steps of a half. Kept as whole numbers of halves, so that nothing is ever rounded."""

from collections.abc import Sequence

LOWEST, HIGHEST = 2, 20
"""In halves."""


def to_halves(score: float) -> int:
    """Exact: a half is a whole number of halves in binary, too."""
    return int(score * 2)


def to_score(halves: int) -> float:
    return halves / 2


def mean_score(histogram: Sequence[int]) -> float | None:
    """Of a count for each score from the lowest to the highest; None of none."""
    count = sum(histogram)
    points = sum(halves * number for halves, number in enumerate(histogram, LOWEST))
    return points / (2 * count) if count else None
