"""What is told to every process through the stream of tokens."""

import secrets

from msgspec import DecodeError, Struct, ValidationError
from msgspec.msgpack import Decoder, Encoder

from kinoteka.cache.snapshot import Snapshot

UNREADABLE = (DecodeError, ValidationError)


class Renewed(Struct, frozen=True, tag="renewed", array_like=True):
    names: tuple[str, ...]
    seen: Snapshot | None


class AllRenewed(Struct, frozen=True, tag="all", array_like=True):
    pass


class Passed(Struct, frozen=True, tag="passed", array_like=True):
    """Nothing but a place in the stream that is later than all before."""


class Held(Struct, frozen=True, tag="held", array_like=True):
    names: tuple[str, ...]
    holder: int


class Released(Struct, frozen=True, tag="released", array_like=True):
    names: tuple[str, ...]
    holder: int


class Settled(Struct, frozen=True, tag="settled", array_like=True):
    seen: Snapshot


Event = Renewed | AllRenewed | Passed | Held | Released | Settled
_encoder = Encoder()
_decoder = Decoder(tuple[bytes, Event])


def encode_event(event: Event) -> bytes:
    """No two are equal: an entry of the stream is known by its id and its bytes, whatever a restored Redis says."""
    return _encoder.encode((secrets.token_bytes(8), event))


def decode_event(data: bytes) -> Event:
    """Raises UNREADABLE for what another release may have written."""
    return _decoder.decode(data)[1]
