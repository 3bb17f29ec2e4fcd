"""The port to a cache shared by readers and the indexer. Adapters: memory, Redis."""

from collections.abc import Sequence
from typing import Protocol


class Tokens(Protocol):
    """Values that say whether an earlier answer still holds: one per index («film»), one per document («film:<id>»).

    A reader takes the tokens before it asks the engine and keeps them with its answer, which is good while they are
    unchanged.
    """

    def current(self, names: Sequence[str]) -> tuple[bytes, ...]:
        """A value for each name, never used before for it; a name never seen gets a lasting one. Awaits nothing."""

    async def renew(self, names: Sequence[str]) -> None:
        """New values; what was pending is no longer. Called once a change is visible in the index."""

    async def renew_all(self) -> None:
        """A new value for every name there is or will be: the whole index was replaced. What is pending stays so."""

    async def hold(self, names: Sequence[str]) -> None:
        """Marks as pending: a change is about to be committed and is not in the index yet."""

    def is_pending(self, name: str) -> bool: ...
