"""A body begins as its item does, most of it: beside the item only the rest is sent and kept.

Elasticsearch keeps what it is sent twice until a merge, packs it each time it is merged, and unpacks it for each read.
A change here changes the layout: `mapping.LAYOUT_VERSION`.
"""

_LENGTH = 4
"""Bytes that say how long the shared beginning is."""


def rest_of(body: bytes, item: bytes) -> bytes:
    """What `whole` makes the body of, with the item."""
    shared = _shared_beginning(body, item)
    return shared.to_bytes(_LENGTH) + body[shared:]


def whole(item: bytes, rest: bytes) -> bytes:
    return item[: int.from_bytes(rest[:_LENGTH])] + rest[_LENGTH:]


def _shared_beginning(one: bytes, other: bytes) -> int:
    """Its length, by halving: letter by letter Python takes thirty times as long."""
    low, high = 0, min(len(one), len(other))
    while low < high:
        middle = (low + high + 1) // 2
        if one[low:middle] == other[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low
