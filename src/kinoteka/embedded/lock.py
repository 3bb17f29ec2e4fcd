"""One process at a time works on a data folder: it holds a lock on a file there, and writes into it who it is."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import msgspec
from msgspec import Struct

from kinoteka.errors import UsageError

_NAME = "lock"


class Holder(Struct, frozen=True):
    """Who holds a data folder. `serves`: other commands may use its database.

    `database_url` and `address` are there once they answer.
    """

    pid: int
    serves: bool = False
    sockets: str | None = None
    database_url: str | None = None
    address: str | None = None

    def with_database(self, url: str) -> Self:
        return msgspec.structs.replace(self, database_url=url)

    def with_address(self, url: str) -> Self:
        return msgspec.structs.replace(self, address=url)


class FolderInUseError(UsageError):
    kind = "folder-in-use"

    def __init__(self, folder: Path, holder: Holder | None) -> None:
        who = f"process {holder.pid}" if holder else "another process"
        where = f" ({holder.address})" if holder and holder.address else ""
        super().__init__(
            f"The data folder {folder} is in use by {who}{where}: stop it, or set KINOTEKA_DATA to another folder."
        )
        self.holder = holder


@dataclass
class Lease:
    """A held folder. `previous`: what the last holder left written, if it was killed."""

    folder: Path
    file: int
    holder: Holder
    previous: Holder | None

    def publish(self, holder: Holder) -> None:
        """Tells other processes how to reach this one."""
        self.holder = holder
        _write(self.file, msgspec.json.encode(holder))


@contextmanager
def hold(folder: Path, serves: bool = False) -> Iterator[Lease]:
    """Makes the folder when there is none. Raises FolderInUseError at once when another process holds it.

    The kernel lets go of the lock when this process ends, however it ends.
    """
    folder = folder.absolute()
    file = _open(folder)
    try:
        _lock(folder, file)
        lease = Lease(folder, file, Holder(os.getpid(), serves), _read(file))
        lease.publish(lease.holder)
        yield lease
        _write(file, b"")
    finally:
        os.close(file)


def read_holder(folder: Path) -> Holder | None:
    """What is written in the lock file, whether or not it is still true."""
    try:
        return _decode((folder / _NAME).read_bytes())
    except OSError:
        return None


def _open(folder: Path) -> int:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        return os.open(folder / _NAME, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise UsageError(
            f"The data folder {folder} cannot be written ({error.strerror}): set KINOTEKA_DATA to a folder that can."
        ) from error


def _lock(folder: Path, file: int) -> None:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise FolderInUseError(folder, _read(file)) from error
    except OSError as error:
        raise UsageError(
            f"The file system of {folder} has no locks ({error.strerror}): set KINOTEKA_DATA to a local folder."
        ) from error


def _read(file: int) -> Holder | None:
    return _decode(os.pread(file, 65536, 0))


def _decode(content: bytes) -> Holder | None:
    try:
        return msgspec.json.decode(content, type=Holder)
    except msgspec.DecodeError:  # empty, or being written this moment
        return None


def _write(file: int, content: bytes) -> None:
    os.ftruncate(file, 0)
    os.pwrite(file, content, 0)
