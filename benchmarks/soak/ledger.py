"""What writers were told is done: in the end, all of it must be there."""

from collections.abc import Hashable
from dataclasses import dataclass, field

Key = tuple[Hashable, ...]


@dataclass
class Ledger:
    """By key the values that may stand there; several where an answer was lost, and then nobody writes there again: a
    request without an answer may still be under way."""

    possible: dict[Key, set[Hashable]] = field(default_factory=dict)
    acknowledged: int = 0
    doubted: int = 0

    def is_open(self, key: Key) -> bool:
        return len(self.possible.get(key, ())) < 2

    def value(self, key: Key) -> Hashable:
        """Of one that is open; None: nothing is there."""
        return next(iter(self.possible.get(key, {None})))

    def begin(self, key: Key, value: Hashable) -> None:
        """What stands there before anybody writes."""
        self.possible.setdefault(key, {value})

    def note(self, key: Key, value: Hashable, *, is_certain: bool) -> None:
        if is_certain:
            self.acknowledged += 1
            self.possible[key] = {value}
        else:
            self.doubted += 1
            self.possible[key] = self.possible.get(key, {None}) | {value}

    def is_right(self, key: Key, value: Hashable) -> bool:
        return value in self.possible.get(key, {None})
