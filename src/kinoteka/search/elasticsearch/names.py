"""What indexes and aliases are called.

Of the build `f00d-1`, `movies-f00d-1` is the index, `movies-f00d-1.in` the alias it is written by and, once it is
published, `movies` the alias it is read by.
"""

from kinoteka.catalogue.documents import KINDS, Kind

_INDEXES: dict[Kind, str] = {"film": "movies", "person": "persons", "genre": "genres"}


class Names:
    """Those of one Kinoteka in its cluster; every other name there is somebody else's."""

    def __init__(self, prefix: str) -> None:
        self._prefix = prefix
        self._kinds = {f"{prefix}{name}-": kind for kind, name in _INDEXES.items()}
        self.everything = ",".join(self.alias(kind) for kind in KINDS)

    def alias(self, kind: Kind) -> str:
        return self._prefix + _INDEXES[kind]

    def index(self, kind: Kind, build: str) -> str:
        return f"{self.alias(kind)}-{build}"

    def indexes(self, build: str) -> list[str]:
        return [self.index(kind, build) for kind in KINDS]

    def entrance(self, kind: Kind, build: str) -> str:
        """Written by name, an index that is gone would be made again; an alias that is gone is refused."""
        return f"{self.index(kind, build)}.in"

    def parse(self, index: str) -> tuple[Kind, str]:
        """The kind and the build of an index."""
        start = len(self._prefix) + index[len(self._prefix) :].index("-") + 1
        return self._kinds[index[:start]], index[start:]
