"""What a server says of itself, for whoever looks for faults."""

from msgspec import Struct


class ServerFacts(Struct, frozen=True):
    """`found`: its version and what else matters, in words. `faults`: each one sentence that says what to do."""

    found: str
    faults: tuple[str, ...] = ()
