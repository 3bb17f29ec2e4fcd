"""Sound inputs with something done to them, as a strategy of hypothesis."""

from collections.abc import Sequence

from hypothesis import strategies as st

_DEEDS = ("flip", "cut", "insert", "overwrite", "repeat", "end", "number")
_NUMBERS = (b"1e50", b"9E+999999", b"-0", b"NaN", b"sNaN", b"Infinity", b"\xd9\xa1", b"99999999999999999999", b"0.0001")
"""What a place for a number may hold: some of it is one to Python and to nobody else."""
_SPECIAL = (b"\0", b'"', b"\n", b"\r", b",", b"\t", b"|", b"\xff", b"\\N", b"\xed\xa0\x80")
_PIECES = st.one_of(st.binary(max_size=24), st.sampled_from(_SPECIAL))


@st.composite
def mutated(draw: st.DrawFn, seeds: Sequence[bytes]) -> bytes:
    data = bytearray(draw(st.sampled_from(list(seeds))))
    for _ in range(draw(st.integers(1, 5))):
        at = int(draw(st.floats(0, 1, exclude_max=True)) * len(data))
        _do(draw(st.sampled_from(_DEEDS)), data, at, draw(_PIECES), draw(st.sampled_from(_NUMBERS)))
    return bytes(data)


def _do(deed: str, data: bytearray, at: int, piece: bytes, number: bytes) -> None:
    if deed == "flip" and data:
        data[at] ^= (piece or b"\1")[0] or 1
    elif deed == "cut":
        del data[at : at + len(piece)]
    elif deed == "insert":
        data[at:at] = piece
    elif deed == "overwrite":
        data[at : at + len(piece)] = piece
    elif deed == "repeat":
        data[at:at] = data[at : at + 200]
    elif deed == "end":
        del data[at:]
    elif deed == "number":
        _put_number(data, at, number)


def _put_number(data: bytearray, at: int, number: bytes) -> None:
    """In the place of the next digits."""
    first = next((place for place in range(at, len(data)) if data[place : place + 1].isdigit()), len(data))
    last = next((place for place in range(first, len(data)) if not data[place : place + 1].isdigit()), len(data))
    data[first:last] = number
