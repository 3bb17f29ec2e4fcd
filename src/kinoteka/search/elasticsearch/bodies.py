"""A body begins as its item does, most of it: beside the item only the rest is sent and kept.

Elasticsearch keeps what it is sent twice until a merge, packs it each time it is merged, and unpacks it for each read.
A change here changes the layout: `mapping.LAYOUT_VERSION`.
"""

_END = b":"
"""Of the number that says how long the shared beginning is, in bytes."""


def rest_of(body: bytes, item: bytes) -> bytes:
    """What `whole` makes the body of, with the item. Both, and the answer, are UTF-8."""
    shared = _shared_beginning(body, item)
    while shared < len(body) and _continues(body[shared]):
        shared -= 1
    return b"%d%b%b" % (shared, _END, body[shared:])


def whole(item: bytes, rest: bytes) -> bytes:
    shared, _, following = rest.partition(_END)
    return item[: int(shared)] + following


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


def _continues(byte: int) -> bool:
    """Whether it stands inside a character (RFC 3629, section 3)."""
    return byte & 0b1100_0000 == 0b1000_0000
