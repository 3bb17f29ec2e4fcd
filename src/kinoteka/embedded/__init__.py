"""PostgreSQL without a server to install: the binaries of a wheel, started and stopped by this process.

Its data are in `<data folder>/postgres`, its log beside them; it listens on a Unix socket in a private folder
and nowhere else.
"""

import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from urllib.parse import quote

import msgspec

from kinoteka.embedded import account, cluster, server
from kinoteka.embedded.lock import FolderInUseError, Holder, Lease, hold, read_holder

__all__ = ["FolderInUseError", "Holder", "Lease", "hold", "postgres", "read_holder"]

_LONGEST_SOCKET_PATH = 107  # bytes, set by the kernel
_SOCKET = "/.s.PGSQL.5432"
_PREFIX = "kinoteka-"


@asynccontextmanager
async def postgres(lease: Lease) -> AsyncIterator[str]:
    """The URL of a database `kinoteka` in the held folder, made when there is none; shut down at the end.

    Crash recovery is waited for as long as it takes. Raises UsageError when PostgreSQL cannot run here.
    """
    folder = lease.folder / "postgres"
    _remove_leftover(lease.previous)
    owner = account.find_account(folder)
    with _socket_folder(owner) as sockets:
        lease.publish(msgspec.structs.replace(lease.holder, sockets=str(sockets)))
        launcher = account.launcher(owner, (folder.parent, sockets, cluster.binaries()))
        await server.stop_orphans(folder)
        await cluster.ensure(folder, owner, launcher)
        async with server.run(folder, sockets, launcher):
            yield f"postgresql://{cluster.SUPERUSER}@/{cluster.DATABASE}?host={quote(str(sockets), safe='')}"


@contextmanager
def _socket_folder(owner: account.Account | None) -> Iterator[Path]:
    """Only its owner may enter; short, because a socket's path may have 107 bytes."""
    parent = tempfile.gettempdir()
    longest = len(f"{parent}/{_PREFIX}12345678{_SOCKET}".encode())
    folder = Path(tempfile.mkdtemp(prefix=_PREFIX, dir="/tmp" if longest > _LONGEST_SOCKET_PATH else parent))  # noqa: S108 - mkdtemp makes a new folder that is ours alone
    account.give(folder, owner)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _remove_leftover(previous: Holder | None) -> None:
    """The socket folder of a process that was killed."""
    if previous and previous.sockets and Path(previous.sockets).name.startswith(_PREFIX):
        shutil.rmtree(previous.sockets, ignore_errors=True)
