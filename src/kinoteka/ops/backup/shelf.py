"""The backups in an object store: which there are, which of them are good, and the end of those that are not wanted."""

from collections.abc import AsyncIterator

from msgspec import Struct

from kinoteka import migrations
from kinoteka.errors import NotFoundError
from kinoteka.objects import DamagedObjectError, ObjectInfo, Objects, Part
from kinoteka.ops.backup import manifest as manifests
from kinoteka.ops.backup.manifest import BadBackupError, Manifest, NewerBackupError, UnfinishedBackupError

ROOT = "backups"
MANIFEST = "manifest.json"


class Shelved(Struct, frozen=True):
    """A backup as far as a look at its manifest and at the sizes of its parts tells. Good ones have no `fault`."""

    name: str
    manifest: Manifest | None
    fault: BadBackupError | None

    @property
    def is_good(self) -> bool:
        return self.fault is None


def folder_of(name: str) -> str:
    return f"{ROOT}/{name}"


async def names(objects: Objects) -> list[str]:
    """Newest first."""
    return [name for name in reversed(await objects.list_folders(ROOT)) if manifests.NAME.fullmatch(name)]


async def walk(objects: Objects) -> AsyncIterator[Shelved]:
    """Newest first."""
    for name in await names(objects):
        yield await look_at(objects, name)


async def find_newest(objects: Objects) -> Manifest | None:
    """The newest good one."""
    async for shelved in walk(objects):
        if shelved.is_good:
            return shelved.manifest
    return None


async def look_at(objects: Objects, name: str) -> Shelved:
    manifest = None
    try:
        manifest = await _read_manifest(objects, name)
        await _compare_sizes(objects, manifest)
    except BadBackupError as fault:
        return Shelved(name, manifest, fault)
    return Shelved(name, manifest, None)


async def get_good(objects: Objects, name: str) -> Manifest:
    """Raises NotFoundError or BadBackupError."""
    if name not in await names(objects):
        raise NotFoundError(
            f"There is no backup {name} in {objects.place}: `kinoteka backup list` shows those there are."
        )
    shelved = await look_at(objects, name)
    if shelved.fault:
        raise shelved.fault
    assert shelved.manifest  # noqa: S101 - a good one has it
    return shelved.manifest


async def check_contents(objects: Objects, manifest: Manifest) -> None:
    """Reads every part. Raises BadBackupError for the first one that is not what the manifest says."""
    for part in manifest.parts:
        await check_part(objects, manifest.name, part)


async def check_part(objects: Objects, name: str, part: Part) -> None:
    try:
        async for _chunk in objects.stream_part(part):
            pass
    except DamagedObjectError as damage:
        raise BadBackupError(name, damage.detail) from None


async def remove(objects: Objects, name: str) -> None:
    """The manifest first: what is left by a kill is recognisably no backup."""
    await objects.delete([f"{folder_of(name)}/{MANIFEST}"])
    await objects.delete([info.key async for info in objects.walk(folder_of(name))])


async def _read_manifest(objects: Objects, name: str) -> Manifest:
    try:
        data = await objects.get(f"{folder_of(name)}/{MANIFEST}")
    except NotFoundError:
        raise UnfinishedBackupError(name, "it has no manifest: it was interrupted, or is still being made") from None
    manifest = manifests.decode(data, name)
    if not migrations.is_known(manifest.revision):
        raise NewerBackupError(
            name,
            f"it was made by Kinoteka {manifest.app_version} with schema {manifest.revision}, "
            f"which this one does not know: restore it with that version or a newer one",
        )
    return manifest


async def _compare_sizes(objects: Objects, manifest: Manifest) -> None:
    found = {info.key: info async for info in objects.walk(folder_of(manifest.name))}
    found.pop(f"{folder_of(manifest.name)}/{MANIFEST}", None)
    for part in manifest.parts:
        _compare_size(manifest.name, part, found.pop(part.key, None))
    for key in found:
        raise BadBackupError(manifest.name, f"it holds a file that its manifest does not know, {key}")


def _compare_size(name: str, part: Part, info: ObjectInfo | None) -> None:
    if info is None:
        raise BadBackupError(name, f"{part.key} is missing")
    if info.size != part.size:
        raise BadBackupError(name, f"{part.key} has {info.size:,} bytes instead of {part.size:,}")
