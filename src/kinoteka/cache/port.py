"""The ports to what readers and the indexer share. Adapters: memory, Redis."""

from collections.abc import Sequence
from typing import Protocol

from kinoteka.cache.snapshot import Snapshot

REBUILD = 2**64 - 1
"""The holder of marks that no transaction set: a rebuild is due. No snapshot sees it, so `release` alone ends it."""


class Tokens(Protocol):
    """Say whether an earlier answer still holds, by names: one per index («film»), one per document («film:<id>»).

    A reader takes `current` and `mark` before it asks the engine and keeps them with its answer. Nothing raises: while
    other processes cannot be reached the tokens are blind, and what was not told to them is made good afterwards.
    """

    @property
    def errors(self) -> int:
        """How often others could not be reached, so far."""

    @property
    def lag(self) -> float:
        """Seconds after which every process that is neither late nor blind knows what was told to one."""

    @property
    def doubt(self) -> float:
        """Seconds after a commit for which some process may answer from before it, since not all could be told; else
        nothing."""

    @property
    def is_late(self) -> bool:
        """Whether this process was too busy to follow for that long, and should catch up before it answers."""

    async def catch_up(self) -> None:
        """Returns when all that was told `lag` before this call is known here, or when this process is blind."""

    @property
    def is_blind(self) -> bool:
        """Whether changes made elsewhere may be unknown here: the index must not be taken for current."""

    def current(self, names: Sequence[str]) -> bytes:
        """A value in this process for all these names together, never used before once one of them was renewed.

        While blind it changes several times a second by itself. Awaits nothing.
        """

    def mark(self) -> bytes | None:
        """The place in the order of all renewals, the same in every process; None while blind. Awaits nothing."""

    def holds(self, names: Sequence[str], mark: bytes) -> bool:
        """Whether none of these names was renewed since that mark was taken, in whatever process. Awaits nothing."""

    async def renew(self, names: Sequence[str], seen: Snapshot | None = None) -> None:
        """Called once a change is visible in the index. Ends the marks of holders that `seen` sees; None: of all.

        `seen` is taken before the documents are read, so that a writer who commits later keeps its mark.
        """

    async def renew_all(self) -> None:
        """As if every name there is or will be was renewed: the whole index was replaced. What is pending stays so."""

    async def hold(self, names: Sequence[str], holder: int = REBUILD) -> None:
        """Marks as pending: transaction `holder` is about to commit a change that is not in the index yet."""

    async def release(self, names: Sequence[str], holder: int = REBUILD) -> None:
        """Ends marks of one holder: it was rolled back, or the rebuild is done."""

    async def settle(self, seen: Snapshot) -> None:
        """Ends every mark whose holder `seen` sees. Called when, to that same snapshot, no change waits any more."""

    def is_pending(self, name: str) -> bool: ...


class Answers(Protocol):
    """Bytes that processes share, for a while. Nothing raises: what cannot be had in a moment is as if never kept."""

    @property
    def errors(self) -> int:
        """How often nothing could be had, so far."""

    async def find(self, key: bytes) -> bytes | None: ...

    def keep(self, key: bytes, value: bytes, seconds: float) -> None:
        """Soon, and only if it is not too large."""

    async def claim(self, key: bytes) -> bool:
        """True: nobody else is making this; True too when nobody can be asked. Ends by itself after a second."""

    def release(self, key: bytes) -> None:
        """Ends a claim, after everything that was given to `keep` before."""
