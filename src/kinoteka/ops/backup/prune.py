"""The end of old backups. The last good one stays, whatever is asked."""

from datetime import UTC, datetime, timedelta

from msgspec import Struct

from kinoteka.errors import UsageError
from kinoteka.objects import Objects
from kinoteka.ops.backup import photos, shelf
from kinoteka.ops.backup.create import Sources, sole_keeper
from kinoteka.ops.backup.manifest import BadBackupError, Manifest, NewerBackupError
from kinoteka.ops.backup.shelf import Shelved

GRACE = timedelta(hours=24)
"""Age of what is no good backup before it is taken for rubbish: one may be in the making elsewhere."""


class Pruned(Struct, frozen=True):
    removed: list[str]
    kept: list[str]


async def prune(sources: Sources, keep: int | None, days: float | None) -> Pruned:
    """Removes backups that are neither among the newest `keep` good ones nor younger than `days`, and rubbish.

    Raises UsageError when none of those that would stay is sound, and then removes nothing.
    """
    if keep is None and days is None:
        raise UsageError("Say what is to stay: --keep NUMBER, --days NUMBER, or both.")
    async with sole_keeper(sources.database):
        return await prune_alone(sources, keep, days)


async def prune_alone(sources: Sources, keep: int | None, days: float | None) -> Pruned:
    """For whoever is the sole keeper."""
    shelved = [one async for one in shelf.walk(sources.objects)]
    good = [one for one in shelved if one.is_good]
    staying = _staying(good, keep, days)
    going = [one for one in good if one not in staying]
    if going and not await _has_sound_one(sources.objects, staying):
        raise UsageError(
            "Nothing was removed: none of the backups that would stay is sound; `kinoteka backup verify` says why."
        )
    going += [one for one in shelved if _is_rubbish(one, good)]
    for one in going:
        await _remove(sources, one)
    await _remove_photos(sources.objects, [one for one in shelved if one not in going])
    return Pruned([one.name for one in going], [one.name for one in shelved if one not in going])


def _staying(good: list[Shelved], keep: int | None, days: float | None) -> list[Shelved]:
    """At least the newest."""
    since = datetime.now(UTC) - timedelta(days=days) if days is not None else None
    return [
        one
        for number, one in enumerate(good)
        if number < max(1, keep or 0) or (since and _manifest(one).created_at >= since)
    ]


async def _has_sound_one(objects: Objects, staying: list[Shelved]) -> bool:
    for one in staying:
        try:
            await shelf.check_contents(objects, _manifest(one))
        except BadBackupError:
            continue
        return True
    return False


def _is_rubbish(one: Shelved, good: list[Shelved]) -> bool:
    """Broken or unfinished, and there is a newer good one; what a newer program made is its affair."""
    if one.is_good or isinstance(one.fault, NewerBackupError):
        return False
    return _made_at(one.name) < datetime.now(UTC) - GRACE and any(other.name > one.name for other in good)


def _made_at(name: str) -> datetime:
    return datetime.strptime(name.partition("-")[0], "%Y%m%dT%H%M%S%fZ").replace(tzinfo=UTC)


async def _remove(sources: Sources, one: Shelved) -> None:
    if one.manifest and one.manifest.index:
        await sources.copies.remove(one.manifest.index)
    await shelf.remove(sources.objects, one.name)


async def _remove_photos(objects: Objects, staying: list[Shelved]) -> None:
    """As long as every backup that stays can be asked which it needs."""
    if any(one.manifest is None for one in staying):
        return
    try:
        await photos.remove_unlisted(objects, [_manifest(one) for one in staying])
    except BadBackupError:
        return


def _manifest(one: Shelved) -> Manifest:
    assert one.manifest  # noqa: S101 - a good one has it
    return one.manifest
