"""Chance that depends on seed and number alone: film 5 is the same in a catalogue of ten and of a million."""

from collections.abc import Mapping
from hashlib import shake_128
from math import cos, log, pi, sqrt
from struct import Struct

_WORDS = 40
_UNPACK = Struct(f"<{_WORDS}I").unpack
_RANGE = 2**32

Draws = tuple[int, ...]
"""Forty whole numbers below 2**32."""


def draw(seed: int, kind: str, number: int) -> Draws:
    return _UNPACK(shake_128(f"{seed}:{kind}:{number}".encode()).digest(4 * _WORDS))


def share(word: int) -> float:
    """Above 0, below 1."""
    return (word + 0.5) / _RANGE


def normal(first: int, second: int) -> float:
    """Mean 0, deviation 1, after Box and Muller."""
    return sqrt(-2 * log(share(first))) * cos(2 * pi * share(second))


def spread(weights: Mapping[str, int]) -> tuple[str, ...]:
    """Each name as often as its weight, to be indexed by a draw."""
    return tuple(name for name, weight in weights.items() for _ in range(weight))
