"""What the supervisor and its processes say to each other, over a pair of sockets: one JSON object a line.

The pair also tells each side that the other one has ended, however it ended.
"""

import asyncio
import socket
from asyncio import StreamReader, StreamWriter
from contextlib import suppress
from dataclasses import dataclass

import msgspec
from msgspec import Struct

_LONGEST = 2**24  # bytes of a message


class Ready(Struct, tag="ready"):
    """From a process: it does its work."""


class Ask(Struct, tag="ask"):
    """The supervisor asks a process for its counts, a process asks the supervisor for everybody's."""

    number: int


class Counts(Struct, tag="counts"):
    """A process' own, in Prometheus' text format; unasked, as its last word, with number 0."""

    number: int
    text: str


class AllCounts(Struct, tag="all"):
    """By process."""

    number: int
    texts: dict[str, str]


Message = Ready | Ask | Counts | AllCounts

_decoder = msgspec.json.Decoder(Message)
_encoder = msgspec.json.Encoder()


@dataclass(frozen=True)
class Channel:
    reader: StreamReader
    writer: StreamWriter

    async def receive(self) -> Message | None:
        """None once the other side has ended."""
        try:
            line = await self.reader.readline()
        except (OSError, ValueError):
            return None
        return _decoder.decode(line) if line.endswith(b"\n") else None

    def send(self, message: Message) -> None:
        """Nothing happens when the other side has ended."""
        self.writer.write(_encoder.encode(message) + b"\n")

    async def close(self) -> None:
        self.writer.close()
        with suppress(OSError):
            await self.writer.wait_closed()


async def open_channel(end: socket.socket) -> Channel:
    """Takes the socket over."""
    end.setblocking(False)
    return Channel(*await asyncio.open_unix_connection(sock=end, limit=_LONGEST))
