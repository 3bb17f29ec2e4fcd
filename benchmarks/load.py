"""A load generator: keep-alive connections to 127.0.0.1, each asking again when it has been answered."""

import asyncio
import itertools
import sys
import time
from collections.abc import Sequence
from typing import cast

import msgspec
import uvloop

_CHUNKED = sys.maxsize
_LAST_CHUNK = b"\r\n0\r\n\r\n"


class Load(msgspec.Struct):
    """What to ask: raw request heads, taken in turn. `seconds` bounds the run; with `once`, so do the requests."""

    port: int
    requests: list[bytes]
    seconds: float
    connections: int = 32
    expect: int = 200
    once: bool = False


class Outcome(msgspec.Struct):
    """`latencies` are seconds, one per answer, ascending."""

    answers: int
    seconds: float
    latencies: list[float]

    @property
    def rate(self) -> float:
        return self.answers / self.seconds

    def percentile(self, share: float) -> float:
        return self.latencies[min(len(self.latencies) - 1, int(len(self.latencies) * share))]


def get(target: str, *headers: str) -> bytes:
    """The head of a GET request; `target` is already percent-encoded."""
    return "\r\n".join([f"GET {target} HTTP/1.1", "Host: 127.0.0.1", *headers, "", ""]).encode()


def send(method: str, target: str, body: object, *headers: str) -> bytes:
    """A request with a body of JSON."""
    encoded = msgspec.json.encode(body)
    lines = (f"{method} {target} HTTP/1.1", "Host: 127.0.0.1", f"Content-Length: {len(encoded)}", *headers, "", "")
    return "\r\n".join(lines).encode() + encoded


class _Client(asyncio.Protocol):
    def __init__(self, load: Load, latencies: list[float], turns: "itertools.count[int]", deadline: float) -> None:
        self.load, self.latencies, self.turns, self.deadline = load, latencies, turns, deadline
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.buffer = b""
        self.missing = -1

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)
        self._ask()

    def _ask(self) -> None:
        turn, requests = next(self.turns), self.load.requests
        if self.load.once and turn >= len(requests):
            self._finish()
            return
        self.asked = time.perf_counter()
        self.transport.write(requests[turn % len(requests)])

    def data_received(self, data: bytes) -> None:
        if self.missing < 0:
            self.buffer += data
            end = self.buffer.find(b"\r\n\r\n")
            if end < 0:
                return
            self.missing = self._length(self.buffer[:end].lower())
            data, self.buffer = self.buffer[end + 4 :], b""
        if self._is_complete(data):
            self._answered()

    def _is_complete(self, data: bytes) -> bool:
        if self.missing == _CHUNKED:
            self.buffer = (self.buffer + data)[-len(_LAST_CHUNK) :]
            return self.buffer == _LAST_CHUNK
        self.missing -= len(data)
        return self.missing == 0

    def _length(self, head: bytes) -> int:
        status = int(head[9:12])
        if status != self.load.expect:
            self._fail(RuntimeError(f"answered {status}: {head[:200]!r}"))
        if status == 304:
            return 0
        if b"transfer-encoding: chunked" in head:
            return _CHUNKED
        start = head.find(b"content-length:")
        if start < 0:
            self._fail(RuntimeError("an answer without content-length"))
        return int(head[start + 15 :].split(b"\r\n", 1)[0])

    def _answered(self) -> None:
        now = time.perf_counter()
        self.latencies.append(now - self.asked)
        self.missing, self.buffer = -1, b""
        if now < self.deadline:
            self._ask()
        else:
            self._finish()

    def _finish(self) -> None:
        self.transport.close()
        if not self.done.done():
            self.done.set_result(None)

    def _fail(self, error: Exception) -> None:
        self.transport.close()
        if not self.done.done():
            self.done.set_exception(error)

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.done.done():
            self.done.set_exception(exc or ConnectionError("the server closed the connection"))


async def run(load: Load) -> Outcome:
    loop = asyncio.get_running_loop()
    latencies: list[float] = []
    turns = itertools.count()
    started = time.perf_counter()
    clients = [
        (
            await loop.create_connection(
                lambda: _Client(load, latencies, turns, started + load.seconds), "127.0.0.1", load.port
            )
        )[1]
        for _ in range(load.connections)
    ]
    await asyncio.wait_for(asyncio.gather(*(client.done for client in clients)), load.seconds + 30)
    return Outcome(len(latencies), time.perf_counter() - started, sorted(latencies))


async def run_pinned(load: Load, core: int) -> Outcome:
    """In a process of its own on the given core, so that it does not share one with the server."""
    return (await run_each_pinned([load], core))[0]


async def run_each_pinned(loads: Sequence[Load], core: int) -> list[Outcome]:
    """One after the other, in one such process."""
    command = ["taskset", "-c", str(core), sys.executable, "-m", "benchmarks.load"]
    child = await asyncio.create_subprocess_exec(
        *command, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
    )
    out, _ = await child.communicate(msgspec.msgpack.encode(loads))
    if child.returncode:
        raise RuntimeError("the load generator failed; its message stands above")
    return msgspec.msgpack.decode(out, type=list[Outcome])


async def _run_each(loads: Sequence[Load]) -> list[Outcome]:
    return [await run(load) for load in loads]


def main() -> None:
    loads = msgspec.msgpack.decode(sys.stdin.buffer.read(), type=list[Load])
    sys.stdout.buffer.write(msgspec.msgpack.encode(uvloop.run(_run_each(loads))))


if __name__ == "__main__":
    main()
