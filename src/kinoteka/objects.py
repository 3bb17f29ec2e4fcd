"""Objects, which are photos and backups: bytes under a key, in a folder, on S3 or in memory. obstore stays in here."""

from __future__ import annotations

import asyncio
import hashlib
import os
import re
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlsplit

import obstore
from msgspec import Struct
from obstore.exceptions import BaseError
from obstore.store import LocalStore, MemoryStore, ObjectStore, S3Store

from kinoteka.errors import ConflictError, NotFoundError, UnavailableError

if TYPE_CHECKING:  # names that exist for type checkers alone
    from obstore import ObjectMeta
    from obstore.store import ClientConfig, RetryConfig, S3Config

PATIENCE, GLANCE = 5.0, 2.0
"""Seconds that the store has for a small answer, and for showing that it is there."""
_PART, _PARTS_AT_ONCE = 16 * 2**20, 2
"""Bytes of an upload's parts, of which S3 takes 10,000: objects of up to 160 GB through 32 MB of memory."""
_CHUNK = 2**20
_DELETED_AT_ONCE = 500
_CLIENT: ClientConfig = {"connect_timeout": "3s", "read_timeout": "30s", "timeout": "24h", "allow_http": True}
_RETRIES: RetryConfig = {"max_retries": 3, "retry_timeout": timedelta(seconds=20)}
_S3_CODE = re.compile(r"<Code>(\w+)</Code>")


class ObjectsUnavailableError(UnavailableError):
    """The object store is down, too slow, full, or does not let us in."""


class DamagedObjectError(ConflictError):
    """An object is missing or not as it was written; the text goes on after «because»."""

    title, kind = "Damaged object", "damaged-object"


class ObjectInfo(Struct, frozen=True):
    """`mark` is another one once the content is."""

    key: str
    size: int
    mark: str | None
    changed_at: datetime


class Part(Struct, frozen=True):
    """An object as it was written; `sha256` in hexadecimal digits."""

    key: str
    size: int
    sha256: str


class S3(NamedTuple):
    """Where a bucket is; without keys those of the environment or the machine are used."""

    url: str
    region: str
    endpoint: str | None = None
    access_key: str | None = None
    secret_key: str | None = None


class Objects:
    """Opened by the first use, which is also the first that can fail. Keys have `/` between their parts.

    Every verb may raise ObjectsUnavailableError.
    """

    def __init__(self, place: str, open_store: Callable[[], ObjectStore], folder: Path | None = None) -> None:
        self.place = place
        self._open = open_store
        self._folder = folder

    @cached_property
    def _store(self) -> ObjectStore:
        return self._open()

    async def check(self) -> None:
        """Asks for nothing much, to see whether an answer comes."""
        with self._answering():
            async with asyncio.timeout(min(GLANCE, PATIENCE)):
                await self.list_folders("check")

    async def put(self, key: str, data: bytes) -> None:
        """Replaces what is there. Whole or not at all."""
        with self._answering():
            await self._make_private(key)
            async with asyncio.timeout(PATIENCE):
                await obstore.put_async(self._store, key, data)
            await self._close_to_others(key)

    async def put_stream(self, key: str, chunks: AsyncIterator[bytes]) -> Part:
        """Whole or not at all, also when `chunks` raises, which is raised here as it is."""
        source = _Source(chunks)
        with self._answering(source):
            await self._make_private(key)
            await obstore.put_async(self._store, key, source, chunk_size=_PART, max_concurrency=_PARTS_AT_ONCE)
            await self._close_to_others(key)
        return Part(key, source.tally.size, source.tally.sha256)

    async def get(self, key: str) -> bytes:
        """For small objects. Raises NotFoundError."""
        with self._answering():
            async with asyncio.timeout(PATIENCE):
                try:
                    return bytes(await (await obstore.get_async(self._store, key)).bytes_async())
                except FileNotFoundError as error:
                    raise _missing(key, error) from None

    async def stream(self, key: str) -> AsyncIterator[bytes]:
        """Raises NotFoundError."""
        with self._answering():
            try:
                async with asyncio.timeout(PATIENCE):
                    chunks = (await obstore.get_async(self._store, key)).stream(_CHUNK)
            except FileNotFoundError as error:
                raise _missing(key, error) from None
        while True:
            with self._answering():
                chunk = await anext(chunks, None)
            if chunk is None:
                return
            yield chunk

    async def stream_part(self, part: Part) -> AsyncIterator[bytes]:
        """Raises DamagedObjectError, for other bytes than those that were written at the end of them."""
        tally = Tally()
        try:
            async for chunk in self.stream(part.key):
                await tally.add(chunk)
                yield chunk
        except NotFoundError:
            raise DamagedObjectError(f"{part.key} is missing") from None
        if (tally.size, tally.sha256) != (part.size, part.sha256):
            raise DamagedObjectError(f"{part.key} is not as it was written")

    async def find(self, key: str) -> ObjectInfo | None:
        with self._answering():
            async with asyncio.timeout(PATIENCE):
                try:
                    return _info(await obstore.head_async(self._store, key))
                except FileNotFoundError:
                    return None

    async def walk(self, prefix: str = "") -> AsyncIterator[ObjectInfo]:
        """Everything whose key begins with these parts, in no particular order."""
        with self._answering():
            batches = aiter(obstore.list(self._store, prefix or None))
        while True:
            with self._answering():
                batch = await anext(batches, None)
            if batch is None:
                return
            for meta in batch:
                yield _info(meta)

    async def list_folders(self, prefix: str) -> list[str]:
        """The next parts of keys that go on after another `/`, sorted."""
        with self._answering():
            found = await obstore.list_with_delimiter_async(self._store, prefix)
        return sorted(path.rpartition("/")[2] for path in found["common_prefixes"])

    async def delete(self, keys: Iterable[str]) -> None:
        """Those that are not there are none the less gone."""
        rest = iter(keys)
        while batch := [*islice(rest, _DELETED_AT_ONCE)]:
            with self._answering():
                try:
                    await obstore.delete_async(self._store, batch)
                except FileNotFoundError:
                    await self._delete_each(batch)

    async def _delete_each(self, keys: list[str]) -> None:
        for key in keys:
            try:
                await obstore.delete_async(self._store, key)
            except FileNotFoundError:
                continue

    async def _make_private(self, key: str) -> None:
        if self._folder:
            await asyncio.to_thread(_make_private, (self._folder / key).parent)

    async def _close_to_others(self, key: str) -> None:
        if self._folder:
            await asyncio.to_thread(os.chmod, self._folder / key, 0o600)

    @contextmanager
    def _answering(self, source: _Source | None = None) -> Iterator[None]:
        try:
            yield
        except (BaseError, OSError, ValueError) as error:
            if source and source.failed:
                raise
            raise ObjectsUnavailableError(f"The object store {self.place} {_reason(error)}.", retry_after=10) from error


class Tally:
    """Size and digest of chunks as they pass. Hashing a megabyte takes a millisecond, so it is done in a thread."""

    def __init__(self) -> None:
        self.size = 0
        self._digest = hashlib.sha256()

    async def add(self, chunk: bytes) -> None:
        self.size += len(chunk)
        await asyncio.to_thread(self._digest.update, chunk)

    @property
    def sha256(self) -> str:
        return self._digest.hexdigest()


class _Source:
    """Knows what has passed, and whether it was the one that failed."""

    def __init__(self, chunks: AsyncIterator[bytes]) -> None:
        self._chunks = chunks
        self.tally = Tally()
        self.failed = False

    def __aiter__(self) -> _Source:
        return self

    async def __anext__(self) -> bytes:
        try:
            chunk = await anext(self._chunks)
            await self.tally.add(chunk)
            return chunk
        except StopAsyncIteration:
            raise
        except BaseException:
            self.failed = True
            raise


def folder_objects(folder: Path) -> Objects:
    """Files that only their owner may read, in a folder that is made when there is none."""
    folder = folder.absolute()
    return Objects(str(folder), lambda: _open_folder(folder), folder)


def s3_objects(place: S3) -> Objects:
    """`place.url`: s3://bucket/prefix."""
    return Objects(place.url, lambda: _open_s3(place))


def memory_objects() -> Objects:
    return Objects("in memory", MemoryStore)


def _open_folder(folder: Path) -> ObjectStore:
    _make_private(folder)
    return LocalStore(folder, automatic_cleanup=True)


def _open_s3(place: S3) -> ObjectStore:
    parts = urlsplit(place.url)
    config: S3Config = {"region": place.region}
    if place.endpoint:
        config["endpoint"] = place.endpoint
    if place.access_key and place.secret_key:
        config |= {"access_key_id": place.access_key, "secret_access_key": place.secret_key}
    prefix = parts.path.strip("/") or None
    return S3Store(parts.netloc, prefix=prefix, config=config, client_options=_CLIENT, retry_config=_RETRIES)


def _make_private(folder: Path) -> None:
    for missing in reversed([place for place in (folder, *folder.parents) if not place.exists()]):
        missing.mkdir(mode=0o700, exist_ok=True)


def _info(meta: ObjectMeta) -> ObjectInfo:
    return ObjectInfo(meta["path"], meta["size"], meta["e_tag"], meta["last_modified"])


def _missing(key: str, error: FileNotFoundError) -> Exception:
    """S3 says 404 of a bucket or an account, too."""
    code = _S3_CODE.search(str(error))
    if code and code[1] != "NoSuchKey":
        return error
    return NotFoundError(f"There is no object {key}.")


def _reason(error: Exception) -> str:
    """Without the store's own words, which quote requests and keys."""
    text = str(error)
    if code := _S3_CODE.search(text):
        return f"refuses: {code[1]}; check KINOTEKA_OBJECTS_URL and KINOTEKA_S3_…"
    if isinstance(error, TimeoutError) or "HTTP error" in text:
        return "does not answer"
    if " 403 " in text:
        return "does not let us in: check KINOTEKA_S3_ACCESS_KEY and KINOTEKA_S3_SECRET_KEY"
    said = error.strerror if isinstance(error, OSError) else None
    said = said or (text.splitlines() or [type(error).__name__])[0].partition(" - ")[0].rstrip(".")
    return f"cannot be used: {said}; check KINOTEKA_OBJECTS_URL"
