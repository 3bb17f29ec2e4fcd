"""What a measurement yields: lines of one table, each with the values of every round."""

from statistics import median

from msgspec import Struct


class Target(Struct, frozen=True):
    limit: float
    is_least: bool
    """The figure is to be this or more; otherwise less than this."""

    def is_met(self, figure: float) -> bool:
        return figure >= self.limit if self.is_least else figure < self.limit

    def __str__(self) -> str:
        return f"{'≥' if self.is_least else '<'} {self.limit:g}"


def at_least(limit: float) -> Target:
    return Target(limit, True)


def below(limit: float) -> Target:
    return Target(limit, False)


class Line(Struct, kw_only=True):
    name: str
    unit: str
    values: list[float]
    """One of each round."""
    of: str = ""
    """What the values are a ratio of; nothing: they stand for themselves."""
    beside: list[float] = []
    """Its values, each of the same round."""
    target: Target | None = None
    section: str = ""
    more: dict[str, float] = {}
    """What else is worth knowing: «p99 ms» and the like."""
    histogram: dict[str, int] = {}

    @property
    def value(self) -> float:
        return median(self.values)

    @property
    def figures(self) -> list[float]:
        """The ratio of each round, or its value where there is no ratio."""
        if not self.of:
            return self.values
        return [value / other for value, other in zip(self.values, self.beside, strict=True)]

    @property
    def figure(self) -> float:
        return median(self.figures)

    @property
    def spread(self) -> float:
        """From the lowest figure to the highest."""
        return max(self.figures) - min(self.figures)

    @property
    def is_missed(self) -> bool:
        return self.target is not None and not self.target.is_met(self.figure)
