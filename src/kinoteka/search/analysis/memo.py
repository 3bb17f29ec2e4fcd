"""What is worked out for a word once, since the words of a catalogue come again and again."""

from collections.abc import Callable
from typing import TypeVar

_MOST = 32768
"""Words; some five megabytes for each function."""

Result = TypeVar("Result")


class _Memo(dict[str, Result]):
    """Emptied when full. A hit costs a third less than one of lru_cache, which reorders its entries."""

    def __init__(self, function: Callable[[str], Result]) -> None:
        self._function = function

    def __missing__(self, text: str) -> Result:
        if len(self) >= _MOST:
            self.clear()
        self[text] = result = self._function(text)
        return result


def remembered(function: Callable[[str], Result]) -> Callable[[str], Result]:
    """The same function, for texts as short as a word."""
    return _Memo(function).__getitem__
