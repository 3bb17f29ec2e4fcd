"""What one process knows of renewals and of pending names. Both adapters of the tokens port are built on it."""

from collections.abc import Iterable, Sequence
from itertools import islice

from kinoteka.cache.snapshot import Snapshot

MOST_NAMES = 1_000_000
BEGINNING = bytes(16)


class Ledger:
    """Positions are 16 bytes that only ever rise. Names that were not renewed since the `floor` share it.

    So memory grows with what changed, not with what was read. Past a million names the older half is forgotten by
    raising the floor: some answers are then made anew, none is wrong.
    """

    def __init__(self, most_names: int = MOST_NAMES) -> None:
        self._most_names = most_names
        self._floor = BEGINNING
        self._positions: dict[str, bytes] = {}  # in the order of renewal
        self._holders: dict[str, set[int]] = {}

    def newest(self, names: Sequence[str]) -> bytes:
        """The position of the last renewal of any of them."""
        newest = self._floor
        for name in names:
            position = self._positions.get(name)
            if position is not None and position > newest:
                newest = position
        return newest

    def renew(self, names: Iterable[str], position: bytes) -> None:
        for name in names:
            self._positions.pop(name, None)
            self._positions[name] = position
        if len(self._positions) > self._most_names:
            self._forget(len(self._positions) // 2 + 1)

    def _forget(self, number: int) -> None:
        for name in list(islice(self._positions, number)):
            self._floor = self._positions.pop(name)

    def renew_all(self, position: bytes) -> None:
        self._positions.clear()
        self._floor = position

    def hold(self, names: Iterable[str], holder: int) -> None:
        for name in names:
            self._holders.setdefault(name, set()).add(holder)

    def release(self, marks: Iterable[tuple[str, int]]) -> None:
        for name, holder in marks:
            holders = self._holders.get(name)
            if holders is not None:
                holders.discard(holder)
                if not holders:
                    del self._holders[name]

    def is_pending(self, name: str) -> bool:
        return name in self._holders

    def marks(self, names: Iterable[str] | None = None, seen: Snapshot | None = None) -> list[tuple[str, int]]:
        """Those on these names (None: on all) whose holders `seen` sees (None: whoever holds them)."""
        if not self._holders:
            return []
        wanted = self._holders if names is None else names
        return [
            (name, holder)
            for name in wanted
            for holder in self._holders.get(name, ())
            if seen is None or seen.sees(holder)
        ]
