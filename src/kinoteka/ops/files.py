"""Files that are whole or not there."""

import gzip
import sys
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import aclosing, contextmanager
from pathlib import Path
from typing import Protocol

from kinoteka.database import Database
from kinoteka.errors import UsageError


class Output(Protocol):
    def write(self, data: bytes, /) -> object: ...


Source = Callable[[Database], AsyncGenerator[bytes, None]]


async def write_stream(chunks: AsyncGenerator[bytes, None], file: Path) -> int:
    """Bytes written, before compression. `-` is standard output. Raises UsageError when it cannot be written."""
    size = 0
    try:
        with open_whole(file) as output:
            async with aclosing(chunks) as stream:
                async for chunk in stream:
                    output.write(chunk)
                    size += len(chunk)
    except BrokenPipeError:
        raise
    except OSError as error:
        raise UsageError(f"{file} cannot be written: {error.strerror}.") from error
    return size


@contextmanager
def open_whole(file: Path) -> Iterator[Output]:
    """Written beside its place and put there at the end; gzipped, equal bytes for equal content, when so named."""
    if str(file) == "-":
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    unfinished = file.with_name(file.name + ".part")
    try:
        with unfinished.open("wb") as plain:
            if file.suffix == ".gz":
                with gzip.GzipFile("", "wb", fileobj=plain, mtime=0) as zipped:
                    yield zipped
            else:
                yield plain
        unfinished.replace(file)
    finally:
        unfinished.unlink(missing_ok=True)
