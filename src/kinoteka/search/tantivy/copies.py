"""Copies of tantivy's index: the files of one generation as of one commit, held still by hard links."""

import asyncio
import os
import shutil
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path
from tempfile import mkdtemp

from kinoteka.objects import Objects
from kinoteka.search.copies import IndexCopy, NoCopyError
from kinoteka.search.tantivy.generation import Generation
from kinoteka.search.tantivy.generations import current_generation, point_at, remove_generation
from kinoteka.search.tantivy.schema import schema_name

ENGINE = "tantivy"
_META = "meta.json"
_UNWANTED = (".lock", ".tmp")
_ATTEMPTS = 200
_CHUNK = 2**20


class TantivyCopies:
    """For the verbs see the port. `root` is the index folder, which another process may be writing."""

    def __init__(self, root: Path) -> None:
        self._root = root

    async def close(self) -> None:
        """Nothing stays open."""

    async def is_empty(self) -> bool:
        return await asyncio.to_thread(self._is_empty)

    async def take(self, objects: Objects, folder: str) -> IndexCopy | None:
        holding = asyncio.create_task(asyncio.to_thread(self._hold))
        try:
            held = await asyncio.shield(holding)
            if held is None:
                return None
            generation, place = held
            files = sorted(place.iterdir())
            parts = [await objects.put_stream(f"{folder}/{file.name}", _read(file)) for file in files]
            return IndexCopy(ENGINE, schema_name(), generation, files=parts)
        finally:
            await _let_go(holding)

    async def check(self, copy: IndexCopy) -> None:
        if copy.engine != ENGINE:
            raise NoCopyError(f"The backup's copy of the index is one of {copy.engine}.")
        if copy.layout != schema_name() or not copy.build.startswith(copy.layout) or "/" in copy.build:
            raise NoCopyError("The backup's copy of the index is of another layout.")

    async def bring_back(self, copy: IndexCopy, objects: Objects) -> None:
        await self.check(copy)
        generation = self._root / copy.build
        await asyncio.to_thread(_make_anew, generation)
        try:
            for part in copy.files:
                await _write(generation / part.key.rpartition("/")[2], objects.stream_part(part))
            await asyncio.to_thread(self._publish, generation)
        except BaseException:
            await asyncio.to_thread(remove_generation, generation)
            raise

    async def remove(self, copy: IndexCopy) -> None:
        """Its files are all among the objects."""

    def _is_empty(self) -> bool:
        if not (self._root / "current").exists():
            return True
        folder = current_generation(self._root)
        return folder is not None and Generation(folder).searcher.num_docs == 0

    def _hold(self) -> tuple[str, Path] | None:
        """(the generation's name, a folder with links to its files as of one commit); None where there is none."""
        for _ in range(_ATTEMPTS):
            generation = current_generation(self._root)
            if generation is None:
                return None
            place = Path(mkdtemp(prefix="backup-", dir=self._root.parent))
            if _link(generation, place):
                return generation.name, place
            shutil.rmtree(place)
        raise NoCopyError("The index changes too fast to be copied.")

    def _publish(self, generation: Path) -> None:
        old = current_generation(self._root)
        _check_opens(generation)
        point_at(self._root, generation)
        if old is not None and old != generation:
            remove_generation(old)


async def _let_go(holding: "asyncio.Task[tuple[str, Path] | None]") -> None:
    """Whoever was cancelled meanwhile has a thread that still makes the folder."""
    with suppress(NoCopyError, OSError):
        if held := await holding:
            await asyncio.to_thread(shutil.rmtree, held[1], ignore_errors=True)


def _link(generation: Path, place: Path) -> bool:
    """Whether it is all of one commit: what a commit's list of files names stays as long as it is the newest one."""
    try:
        before = (generation / _META).read_bytes()
        for file in generation.iterdir():
            if file.name != _META and not file.name.endswith(_UNWANTED):
                os.link(file, place / file.name)
        after = (generation / _META).read_bytes()
    except FileNotFoundError:  # merged away, or a whole new generation
        return False
    (place / _META).write_bytes(after)
    return before == after


def _check_opens(generation: Path) -> None:
    try:
        Generation(generation)
    except (ValueError, OSError) as error:
        raise NoCopyError(f"The backup's copy of the index cannot be read: {error}") from error


def _make_anew(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)


async def _read(file: Path) -> AsyncIterator[bytes]:
    with file.open("rb") as stream:
        while chunk := await asyncio.to_thread(stream.read, _CHUNK):
            yield chunk


async def _write(file: Path, chunks: AsyncIterator[bytes]) -> None:
    with file.open("wb") as stream:
        async for chunk in chunks:
            await asyncio.to_thread(stream.write, chunk)
        stream.flush()
        await asyncio.to_thread(os.fsync, stream.fileno())
