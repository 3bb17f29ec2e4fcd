"""A map that forgets what was used longest ago once its content is worth more bytes than allowed."""

from collections import OrderedDict
from collections.abc import Hashable
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class ByteLru(Generic[K, V]):
    """The caller tells each value's size, and tells it again when it grew."""

    def __init__(self, most_bytes: int) -> None:
        self.most_bytes = most_bytes
        self.bytes = 0
        self._values: OrderedDict[K, V] = OrderedDict()
        self._sizes: dict[K, int] = {}

    def __len__(self) -> int:
        return len(self._values)

    def get(self, key: K) -> V | None:
        value = self._values.get(key)
        if value is not None:
            self._values.move_to_end(key)
        return value

    def put(self, key: K, value: V, size: int) -> None:
        """A value larger than everything allowed is not kept."""
        self.drop(key)
        if size > self.most_bytes:
            return
        self._values[key] = value
        self._sizes[key] = size
        self.bytes += size
        self._shrink()

    def drop(self, key: K) -> None:
        if self._values.pop(key, None) is not None:
            self.bytes -= self._sizes.pop(key)

    def _shrink(self) -> None:
        while self.bytes > self.most_bytes:
            key, _ = self._values.popitem(last=False)
            self.bytes -= self._sizes.pop(key)
