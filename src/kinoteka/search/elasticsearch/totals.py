"""How many documents pass a set of filters: counted once for as long as the index is the same."""

from collections import OrderedDict
from collections.abc import Callable

from kinoteka.catalogue.documents import Kind
from kinoteka.search.query import Filters

Stamp = Callable[[Kind], object]
"""Changes with every change of that kind's index, at the latest once the change is visible."""

_MOST = 10_000


class Totals:
    def __init__(self, stamp: Stamp) -> None:
        self._stamp = stamp
        self._known: OrderedDict[tuple[Kind, Filters], tuple[object, int]] = OrderedDict()

    def find(self, kind: Kind, filters: Filters) -> int | None:
        stamp, total = self._known.get((kind, filters), (None, 0))
        return total if stamp == self._stamp(kind) else None

    def stamp(self, kind: Kind) -> object:
        """To be taken before the counting."""
        return self._stamp(kind)

    def put(self, kind: Kind, filters: Filters, stamp: object, total: int) -> None:
        self._known[kind, filters] = (stamp, total)
        if len(self._known) > _MOST:
            self._known.popitem(last=False)
