"""What a reader of the database could see, as PostgreSQL tells it."""

from msgspec import Struct


class Snapshot(Struct, frozen=True, array_like=True):
    """Of `pg_current_snapshot()`: transactions below `end` are over, but for those in `running`.

    One that is over was committed, and then the reader saw it, or was rolled back, and then there is nothing to see.
    """

    end: int
    running: frozenset[int] = frozenset()

    def sees(self, transaction: int) -> bool:
        """`transaction`: as `pg_current_xact_id()` gives it."""
        return transaction < self.end and transaction not in self.running


def parse_snapshot(text: str) -> Snapshot:
    """`text`: xmin:xmax:xip_list, like 10:20:10,14,15."""
    _, end, running = text.split(":")
    return Snapshot(int(end), frozenset(map(int, running.split(","))) if running else frozenset())
