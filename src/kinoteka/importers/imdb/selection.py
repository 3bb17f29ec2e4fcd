"""Sets of IMDb's numbers, small enough for all of IMDb: a bit each, in pages that exist where a number does."""

_PAGE_BITS = 18
_IN_PAGE = (1 << _PAGE_BITS) - 1
_LONGEST = 10  # digits; IMDb has eight


class NumberSet:
    """11 million consecutive numbers take 1.4 MB; a Python set of them would take a gigabyte."""

    def __init__(self) -> None:
        self._pages: dict[int, bytearray] = {}

    def add(self, number: int) -> bool:
        """False when the number is there already."""
        page = self._pages.get(number >> _PAGE_BITS)
        if page is None:
            page = self._pages[number >> _PAGE_BITS] = bytearray(1 << (_PAGE_BITS - 3))
        place, bit = (number & _IN_PAGE) >> 3, 1 << (number & 7)
        if page[place] & bit:
            return False
        page[place] |= bit
        return True

    def __contains__(self, number: int) -> bool:
        page = self._pages.get(number >> _PAGE_BITS)
        return page is not None and bool(page[(number & _IN_PAGE) >> 3] & 1 << (number & 7))

    def __bool__(self) -> bool:
        return bool(self._pages)


def number_of(identifier: str, prefix: str) -> int:
    """The number in tt0133093 or nm0000206; -1 for anything else."""
    digits = identifier[2:]
    if identifier[:2] == prefix and digits.isdigit() and digits.isascii() and len(digits) <= _LONGEST:
        return int(digits)
    return -1
