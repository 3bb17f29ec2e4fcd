"""A server that is told to end, under load."""

import asyncio
import signal
from pathlib import Path

from tests.e2e.load import load
from tests.e2e.program import serve, until


async def test_every_request_that_got_in_is_answered(tmp_path: Path) -> None:
    with serve(tmp_path / "data") as program:
        async with load(program.address, "/health/live") as clients:
            await asyncio.sleep(1)
            assert await asyncio.to_thread(program.stop, signal.SIGTERM) == 0
    assert clients.answers > 100
    assert clients.closed > 0
    # Who comes as the socket closes is turned away by the system, in either of two ways; nothing was sent yet.
    assert set(clients.failures) <= {"connect: ConnectionRefusedError", "connect: ConnectionResetError"}


async def test_a_kept_connection_is_told_to_close_and_readiness_says_why(tmp_path: Path) -> None:
    with serve(tmp_path / "data") as program:
        host, port = program.address.removeprefix("http://").split(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        writer.write(b"GET /health/live HTTP/1.1\r\nHost: kinoteka.test\r\n\r\n")
        await reader.readuntil(b"}")
        program.process.send_signal(signal.SIGTERM)
        await asyncio.to_thread(until, lambda: "Stopping" in program.said(), "the signal's arrival")
        writer.write(b"GET /health/ready HTTP/1.1\r\nHost: kinoteka.test\r\n\r\n")
        answer = await reader.read()
        writer.close()
    assert b" 503 " in answer.splitlines()[0]
    assert b"connection: close" in answer
    assert b"about to end" in answer
