"""Several processes on one port, on real servers."""

import asyncio
import os
import re
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.load import load
from tests.e2e.program import Program, is_alive, run, serve, until

PATH = "/api/v1/films?sort=-rating&page_size=20"


@pytest.fixture
def program(tmp_path: Path, servers: dict[str, str]) -> Iterator[Program]:
    with serve(tmp_path / "data", "--demo", **servers) as program:
        program.wait_until_indexed()
        yield program


def counted(program: Program) -> float:
    """Answers to `PATH`, whichever process tells."""
    lines = program.get("/metrics").text.splitlines()
    return sum(
        float(line.split()[-1])
        for line in lines
        if re.match(r'kinoteka_requests_total\{.*route="/api/v1/films",', line)
    )


def workers(program: Program) -> set[int]:
    return program.family() - {program.process.pid}


async def test_processes_are_replaced_without_losing_a_request(program: Program) -> None:
    before = workers(program)
    async with load(program.address, PATH) as clients:
        await asyncio.sleep(0.5)
        program.process.send_signal(signal.SIGHUP)
        await asyncio.to_thread(until, lambda: not any(map(is_alive, before)), "the end of the old processes")
        await asyncio.sleep(0.5)
    assert clients.failures == []
    assert set(clients.statuses) == {200}
    assert clients.closed > 0
    assert len(workers(program)) == len(before)
    assert counted(program) == clients.answers
    assert program.stop(signal.SIGTERM) == 0


async def test_a_process_that_is_killed_is_started_again(program: Program) -> None:
    for _ in range(10):
        assert program.get(PATH).status_code == 200
    before = counted(program)
    killed = workers(program)
    for pid in killed:
        os.kill(pid, signal.SIGKILL)
    until(lambda: len(workers(program) - killed) == len(killed), "new processes")
    until(lambda: program.said().count("ended and is started again") == len(killed), "the records of it")
    assert program.get(PATH).status_code == 200
    assert counted(program) == before + 1
    assert program.stop(signal.SIGINT) == 130


async def test_without_their_supervisor_they_end(program: Program) -> None:
    before = workers(program)
    program.process.kill()
    until(lambda: not any(map(is_alive, before)), "the end of every process")


async def test_every_request_that_got_in_is_answered_when_all_end(program: Program) -> None:
    async with load(program.address, PATH) as clients:
        await asyncio.sleep(0.5)
        assert await asyncio.to_thread(program.stop, signal.SIGTERM) == 0
    assert clients.answers > 100
    assert set(clients.failures) <= {"connect: ConnectionRefusedError"}


async def test_no_data_folder_is_touched(program: Program, servers: dict[str, str]) -> None:
    assert program.get(PATH).status_code == 200
    for words in (("doctor",), ("index", "status"), ("demo", "load")):
        answer = run(program.data, *words, **servers)
        assert "data folder" not in answer.stdout + answer.stderr
    assert not program.data.exists()


def test_doctor_looks_at_every_server(program: Program, servers: dict[str, str]) -> None:
    answer = run(program.data, "doctor", **servers, COLUMNS="200")
    assert answer.returncode == 0, answer.stdout
    assert re.search(r"✓.*Elasticsearch.*9\.\d.*1 node, (green|yellow)", answer.stdout)
    assert re.search(r"✓.*Redis.*\d MB", answer.stdout)


async def test_one_sentence_when_a_process_does_not_start(tmp_path: Path, servers: dict[str, str]) -> None:
    answer = run(tmp_path / "data", "serve", **servers, KINOTEKA_HOST="203.0.113.1")
    assert answer.returncode == 1
    assert "Cannot listen on 203.0.113.1" in answer.stderr
