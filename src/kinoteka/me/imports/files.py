"""Uploaded files, opened with care: nothing is unpacked to disk, and no more of it is read than is allowed."""

import csv
import io
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import IO
from zipfile import BadZipFile, ZipFile

from kinoteka.errors import Fault, InvalidError

MOST_UNPACKED = 64 * 2**20
"""Bytes of all that is read of one archive."""
MOST_MEMBERS = 10_000
MOST_ROWS = 100_000
MOST_IN_A_CELL = 100_000
"""Characters. The csv module's own limit belongs to the whole process, and imports of catalogues raise it."""
_ZIP = (b"PK\x03\x04", b"PK\x05\x06")
_DAMAGED = (BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, RuntimeError, ValueError, csv.Error)
"""zipfile raises RuntimeError for an encrypted member, NotImplementedError for a compression that it does not know,
OSError and ValueError for offsets that lead nowhere: the file itself is in memory."""

Row = Mapping[str, str]


def refused_file(code: str, detail: str) -> InvalidError:
    return InvalidError(f"The file cannot be imported: {detail}.", [Fault(code=code, detail=detail, pointer="/file")])


def is_zip(content: bytes) -> bool:
    return content.startswith(_ZIP)


class Archive:
    """A zip file in memory. Every verb raises InvalidError when it is damaged, encrypted or too large."""

    def __init__(self, content: bytes) -> None:
        if not is_zip(content):
            raise refused_file("wrong_type", "it must be the zip file as it was downloaded")
        with refusing_damage():
            self._zip = ZipFile(io.BytesIO(content))
        self._left = MOST_UNPACKED
        names = [name for name in self._zip.namelist() if name and not name.endswith("/")]
        if len(names) > MOST_MEMBERS:
            raise refused_file("too_large", f"it holds more than {MOST_MEMBERS:,} files")
        self._root = _common_folder(names)
        self.names = [name.removeprefix(self._root) for name in names]

    def open(self, name: str) -> IO[bytes]:
        with refusing_damage():
            member = self._zip.open(self._root + name)
        return io.BufferedReader(_Bounded(member, self))

    def read(self, name: str) -> bytes:
        with refusing_damage(), self.open(name) as file:
            return file.read()

    def spend(self, count: int) -> None:
        self._left -= count
        if self._left < 0:
            raise refused_file("too_large", f"unpacked it is larger than {MOST_UNPACKED // 2**20} MB")


class _Bounded(io.RawIOBase):
    """Counts what really comes out, whatever the archive says of its sizes."""

    def __init__(self, member: IO[bytes], archive: Archive) -> None:
        self._member, self._archive = member, archive

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override] # the stubs' Buffer has no len
        data = self._member.read(min(len(buffer), 2**16))
        self._archive.spend(len(data))
        buffer[: len(data)] = data
        return len(data)


def _common_folder(names: list[str]) -> str:
    """Where all files are in one folder, its name; some programs pack them so."""
    folders = {name.partition("/")[0] + "/" if "/" in name else "" for name in names}
    return folders.pop() if len(folders) == 1 else ""


@contextmanager
def refusing_damage() -> Iterator[None]:
    try:
        yield
    except _DAMAGED as error:
        words = " ".join(str(error).split())[:100] or type(error).__name__
        raise refused_file("damaged", f"it is damaged ({words})") from None


def csv_rows(file: IO[bytes], *needed: str) -> Iterator[tuple[int, Row]]:
    """The line that a row ends on, and its cells by the header's names in small letters.

    Rows may be shorter or longer than the header. Raises InvalidError when a needed column is missing.
    """
    with refusing_damage():
        reader = csv.reader(io.TextIOWrapper(file, encoding="utf-8-sig", errors="replace", newline=""))
        header = [name.strip().casefold() for name in next(reader, [])]
        missing = [name for name in needed if name not in header]
        if missing:
            raise refused_file("columns", f"it has no column {' and no column '.join(missing)}")
        for row in reader:
            if any(len(cell) > MOST_IN_A_CELL for cell in row):
                place = f"line {reader.line_num}"
                raise refused_file("too_large", f"a cell of {place} is longer than {MOST_IN_A_CELL:,} characters")
            if any(cell.strip() for cell in row):
                yield reader.line_num, dict(zip(header, row, strict=False))
