"""Lines of a plain or gzipped text file, a block at a time, damaged ones reported and left out."""

import gzip
import sys
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from kinoteka.errors import UsageError
from kinoteka.importers.options import Progress
from kinoteka.importers.report import Findings

_BLOCK = 1 << 20
_LONGEST_LINE = 1 << 24
_STANDARD_INPUT = Path("-")

Block = tuple[int, list[str]]
"""(number of the first line, from 1; the lines without their line feed). A line that was refused is empty."""


def read_blocks(path: Path, findings: Findings, file: int, progress: Progress) -> Iterator[Block]:
    """About a megabyte at a time. Raises UsageError for a file that cannot be read, is cut off, or has no line ends."""
    name = findings.files[file]
    try:
        with _open_raw(path) as raw:
            total = 0 if path == _STANDARD_INPUT else path.stat().st_size
            line = 1
            for text in _read_whole_lines(_decompressed(raw), name):
                lines = _decoded(text, findings, file, line)
                yield line, lines
                line += len(lines)
                progress(name, raw.tell() if total else 0, total, line - 1)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise UsageError(f"{name} is damaged or cut off ({error}); nothing was changed.") from error
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror or error}.") from error


def _open_raw(path: Path) -> IO[bytes]:
    return sys.stdin.buffer if path == _STANDARD_INPUT else path.open("rb")


def _decompressed(raw: IO[bytes]) -> IO[bytes]:
    """Gzip is known by its first two bytes, whatever the file is called."""
    peek = getattr(raw, "peek", None)
    head = peek(2)[:2] if peek else b""
    return gzip.GzipFile(fileobj=raw) if head == b"\x1f\x8b" else raw  # type: ignore[return-value]  # reads bytes alike


def _read_whole_lines(stream: IO[bytes], name: str) -> Iterator[bytes]:
    rest = b""
    while block := stream.read(_BLOCK):
        end = block.rfind(b"\n") + 1
        if end:
            yield rest + block[: end - 1]
            rest = block[end:]
        else:
            rest += block
        if len(rest) > _LONGEST_LINE:
            raise UsageError(f"{name} has a line of more than {_LONGEST_LINE >> 20} MB; nothing was changed.")
    if rest:
        yield rest


def _decoded(block: bytes, findings: Findings, file: int, first_line: int) -> list[str]:
    if first_line == 1:
        block = block.removeprefix(b"\xef\xbb\xbf")
    try:
        text = block.decode()
    except UnicodeDecodeError:
        return [_sound(line, findings, file, number) for number, line in enumerate(block.split(b"\n"), first_line)]
    if "\0" in text:
        return [_sound(line, findings, file, number) for number, line in enumerate(block.split(b"\n"), first_line)]
    return text.split("\n")


def _sound(line: bytes, findings: Findings, file: int, number: int) -> str:
    try:
        text = line.decode()
    except UnicodeDecodeError as error:
        findings.refuse(file, number, "encoding", f"byte {error.start + 1} of the line is not valid UTF-8")
        return ""
    if "\0" in text:
        findings.refuse(file, number, "nul", "the line holds a NUL byte")
        return ""
    return text
