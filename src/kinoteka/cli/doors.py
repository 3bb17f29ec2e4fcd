"""The listening socket, and what the kernel knows of those who came through it."""

import asyncio
import os
import socket
import struct
from collections.abc import Callable
from pathlib import Path
from time import monotonic
from typing import NamedTuple

from kinoteka.errors import UsageError

BACKLOG = 2048
_ANY = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - what a person typed, translated
_TO_ACCEPT = 24  # offset in Linux' struct tcp_info: of a listening socket, how many wait to be accepted
_POLL = 0.005
_PATIENCE = 1.0  # seconds for those who wait to be accepted


class Endpoint(NamedTuple):
    """An IP address and a port."""

    address: str
    port: int

    @property
    def reachable(self) -> str:
        return _ANY.get(self.address, self.address)

    @property
    def url(self) -> str:
        host = f"[{self.reachable}]" if ":" in self.reachable else self.reachable
        return f"http://{host}:{self.port}"


def bind(host: str, port: int) -> socket.socket:
    """Takes the address; nobody can connect yet. Raises UsageError when it is not this machine's or is taken."""
    door = None
    try:
        family, _, _, _, place = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
        door = socket.socket(family, socket.SOCK_STREAM)
        door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        door.bind(place)
    except OSError as error:
        if door:
            door.close()
        raise _refused(host, port, error) from None
    return door


def open_door(door: socket.socket) -> None:
    """From here on the kernel lets clients connect. Raises UsageError when another process was faster."""
    try:
        door.listen(BACKLOG)
    except OSError as error:
        raise _refused(*endpoint_of(door), error) from None


def _refused(host: str, port: int, error: OSError) -> UsageError:
    return UsageError(f"Cannot listen on {host}, port {port} ({error.strerror}): choose another with --port or --host.")


def endpoint_of(door: socket.socket) -> Endpoint:
    address, port = door.getsockname()[:2]
    return Endpoint(address, port)


async def close_door(door: socket.socket, accepting: int) -> None:
    """`accepting`: the server's own descriptor of the same socket, which from here on leads nowhere.

    Who has connected already is accepted before; where other processes accept from the same socket, they go on.
    """
    await wait_while(lambda: _waiting(door), _PATIENCE)
    with socket.socket(socket.AF_UNIX) as nowhere:
        nowhere.bind("")  # a name that the kernel makes up
        nowhere.listen()
        nowhere.setblocking(False)
        os.dup2(nowhere.fileno(), accepting)
    door.close()


async def wait_while(condition: Callable[[], object], seconds: float) -> None:
    """At most so long."""
    deadline = monotonic() + seconds
    while condition() and monotonic() < deadline:  # noqa: ASYNC110 - the kernel sets no event
        await asyncio.sleep(_POLL)


def _waiting(door: socket.socket) -> int:
    info = door.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _TO_ACCEPT + 4)
    return int(struct.unpack_from("I", info, _TO_ACCEPT)[0])


def count_connections(port: int) -> int:
    """Clients of this process on that port of ours."""
    return sum(_is_client(entry, port) for entry in Path("/proc/self/fd").iterdir())


def _is_client(entry: Path, port: int) -> bool:
    try:
        if not entry.readlink().name.startswith("socket:"):
            return False
        with socket.socket(fileno=os.dup(int(entry.name))) as connection:
            return (
                connection.family in (socket.AF_INET, socket.AF_INET6)
                and connection.getsockname()[1] == port
                and bool(connection.getpeername())
            )
    except OSError:  # it listens, or was closed since
        return False
