"""Photos in backups. Each version of an object is copied once, into a place that all backups share.

The copy of a version lies at `backups/photos/<of key, size and mark>/<SHA-256>`; a backup lists the versions it has.
"""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Callable, Iterable

import msgspec
from msgspec import Struct

from kinoteka.errors import NotFoundError
from kinoteka.objects import DamagedObjectError, ObjectInfo, Objects, Part
from kinoteka.ops.backup import shelf
from kinoteka.ops.backup.manifest import BadBackupError, Manifest

ROOT = f"{shelf.ROOT}/photos"
_AT_ONCE = 8
_CHUNK = 2**18


class Photo(Struct, frozen=True):
    """An object as it was backed up; `copy` is the key of its copy."""

    key: str
    size: int
    sha256: str
    copy: str

    @property
    def part(self) -> Part:
        return Part(self.copy, self.size, self.sha256)


class PhotoList(Struct):
    part: Part | None = None
    count: int = 0
    size: int = 0


async def keep(objects: Objects, list_key: str, progress: Callable[[int], None]) -> PhotoList:
    """Copies what is new of everything outside the backups, and lists it all in one object."""
    kept = PhotoList()

    async def lines() -> AsyncIterator[bytes]:
        async for photo in _copies(objects):
            kept.count, kept.size = kept.count + 1, kept.size + photo.size
            progress(kept.count)
            yield msgspec.json.encode(photo) + b"\n"

    part = await objects.put_stream(list_key, _joined(lines()))
    kept.part = part if kept.count else None
    if not kept.count:
        await objects.delete([list_key])
    return kept


async def read_list(objects: Objects, manifest: Manifest) -> AsyncIterator[Photo]:
    """Raises BadBackupError."""
    if manifest.photos is None:
        return
    rest = b""
    try:
        async for chunk in objects.stream_part(manifest.photos):
            *lines, rest = (rest + chunk).split(b"\n")
            for line in lines:
                yield msgspec.json.decode(line, type=Photo)
    except DamagedObjectError as damage:
        raise BadBackupError(manifest.name, damage.detail) from None
    except msgspec.MsgspecError:
        raise BadBackupError(manifest.name, "its list of photos is damaged") from None


async def check(objects: Objects, manifest: Manifest) -> None:
    """Reads every copy. Raises BadBackupError."""
    async for photo in read_list(objects, manifest):
        await shelf.check_part(objects, manifest.name, photo.part)


async def put_back(objects: Objects, manifest: Manifest, progress: Callable[[int], None]) -> int:
    """How many were missing and are there again; what is there stays as it is."""
    count = done = 0
    async for photo in read_list(objects, manifest):
        if await objects.find(photo.key) is None:
            await objects.put_stream(photo.key, objects.stream_part(photo.part))
            count += 1
        progress(done := done + 1)
    return count


async def remove_unlisted(objects: Objects, manifests: Iterable[Manifest]) -> None:
    """Copies that none of these backups lists. No other may be in the making. Raises BadBackupError."""
    wanted = set()
    for manifest in manifests:
        async for photo in read_list(objects, manifest):
            wanted.add(_short(photo.copy))
    await objects.delete([info.key async for info in objects.walk(ROOT) if _short(info.key) not in wanted])


async def _copies(objects: Objects) -> AsyncIterator[Photo]:
    waiting: list[ObjectInfo] = []
    async for info in objects.walk():
        if info.key.startswith(f"{shelf.ROOT}/"):
            continue
        waiting.append(info)
        if len(waiting) == _AT_ONCE:
            for photo in await _copy_all(objects, waiting):
                yield photo
            waiting = []
    for photo in await _copy_all(objects, waiting):
        yield photo


async def _copy_all(objects: Objects, infos: Iterable[ObjectInfo]) -> list[Photo]:
    copied = await asyncio.gather(*(_copy_once(objects, info) for info in infos))
    return [photo for photo in copied if photo]


async def _copy_once(objects: Objects, info: ObjectInfo) -> Photo | None:
    """None when it is gone since it was listed."""
    version = hashlib.sha256(f"{info.key}\0{info.size}\0{info.mark}".encode()).hexdigest()
    place = f"{ROOT}/{version}"
    async for copy in objects.walk(place):
        return Photo(info.key, copy.size, copy.key.rpartition("/")[2], copy.key)
    try:
        data = await objects.get(info.key)
    except NotFoundError:
        return None
    digest = hashlib.sha256(data).hexdigest()
    await objects.put(f"{place}/{digest}", data)
    return Photo(info.key, len(data), digest, f"{place}/{digest}")


def _short(key: str) -> bytes:
    return hashlib.blake2b(key.encode(), digest_size=12).digest()


async def _joined(lines: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """Fewer and larger."""
    waiting: list[bytes] = []
    size = 0
    async for line in lines:
        waiting.append(line)
        size += len(line)
        if size > _CHUNK:
            yield b"".join(waiting)
            waiting, size = [], 0
    if waiting:
        yield b"".join(waiting)
