"""Many who ask for the same kind of deed at once: those who come while one is under way share the next."""

from asyncio import Lock, Task, create_task, shield
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class Gathering(Generic[T]):
    """`deed` gets all that has been handed in since the last one began; it is under way once at a time."""

    def __init__(self, deed: Callable[[list[T]], Awaitable[None]]) -> None:
        self._deed = deed
        self._lock = Lock()
        self._waiting: list[T] = []
        self._next: Task[None] | None = None

    async def join(self, *items: T) -> None:
        """Returns when the deed that these were handed to is done; raises what it raised."""
        self._waiting += items
        if self._next is None:
            self._next = create_task(self._do())
        await shield(self._next)  # who gives up does not take the others along

    async def _do(self) -> None:
        async with self._lock:
            items, self._waiting, self._next = self._waiting, [], None
            await self._deed(items)
