"""The port to copies of a search index in backups. Adapters: tantivy's files, Elasticsearch's snapshots."""

from typing import Protocol

from msgspec import Struct

from kinoteka.errors import KinotekaError
from kinoteka.objects import Objects, Part


class NoCopyError(KinotekaError):
    """The index cannot be copied, or a copy of it not be brought back; the index is built anew instead."""

    status, title, kind = 500, "No copy of the index", "no-index-copy"


class IndexCopy(Struct, frozen=True):
    """What a backup writes down about its copy. `files` are objects of the backup; `snapshot` and `uuid` name one in
    a `repository` of Elasticsearch's."""

    engine: str
    layout: str
    build: str
    highest_version: int = 0
    files: list[Part] = []
    repository: str | None = None
    snapshot: str | None = None
    uuid: str | None = None


class IndexCopies(Protocol):
    """Every verb may raise UnavailableError."""

    async def close(self) -> None: ...

    async def is_empty(self) -> bool:
        """Whether there is no index, or one without a document."""

    async def take(self, objects: Objects, folder: str) -> IndexCopy | None:
        """Of the published build, as of one moment while it is being written, into `folder` or where the engine keeps
        such things. None where there is no build, or nothing to keep copies in. Raises NoCopyError."""

    async def check(self, copy: IndexCopy) -> None:
        """Raises NoCopyError with the reason why `copy` could not be brought back here."""

    async def bring_back(self, copy: IndexCopy, objects: Objects) -> None:
        """Publishes it in the place of an empty index: all of it or nothing. Raises NoCopyError."""

    async def remove(self, copy: IndexCopy) -> None:
        """What is kept elsewhere than among the objects."""
