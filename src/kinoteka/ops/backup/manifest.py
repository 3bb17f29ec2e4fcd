"""What a backup says of itself. Without a manifest that is whole, a folder of backups is none."""

import hashlib
import re
from datetime import UTC, datetime
from uuid import uuid4

import msgspec
from msgspec import Struct

from kinoteka.errors import ConflictError
from kinoteka.objects import Part
from kinoteka.search.copies import IndexCopy

FORMAT = 1
NAME = re.compile(r"\d{8}T\d{9}Z-[0-9a-f]{6}")
_TABLE = re.compile(r"[a-z_][a-z0-9_]{0,62}")


class BadBackupError(ConflictError):
    """A backup that is not restored; `reason` goes on after «because»."""

    kind, title = "bad-backup", "Bad backup"

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(f"Backup {name} cannot be used: {reason}.")
        self.reason = reason


class UnfinishedBackupError(BadBackupError):
    """It has no manifest: it was interrupted, or is being made."""


class NewerBackupError(BadBackupError):
    """A newer program made it."""


class TableFacts(Struct, frozen=True):
    """`checksum` does not depend on the order of rows."""

    rows: int
    checksum: str


class Manifest(Struct, frozen=True):
    """`revision` and `schema`: of the database; `photos`: the list of photos; `digest`: of all the rest."""

    format: int
    name: str
    app_version: str
    revision: str
    created_at: datetime
    server_version: str
    schema: str
    database: Part
    tables: dict[str, TableFacts]
    index: IndexCopy | None
    index_reason: str | None
    photos: Part | None
    photo_count: int
    photo_bytes: int
    digest: str = ""

    @property
    def parts(self) -> list[Part]:
        """The objects that are this backup's own."""
        return [self.database, *(self.index.files if self.index else ()), *([self.photos] if self.photos else ())]

    @property
    def size(self) -> int:
        return sum(part.size for part in self.parts) + self.photo_bytes


class _Head(Struct):
    format: int


def new_name(now: datetime) -> str:
    """In the order of time, and no two alike."""
    milliseconds = now.microsecond // 1000
    return f"{now.astimezone(UTC):%Y%m%dT%H%M%S}{milliseconds:03}Z-{uuid4().hex[:6]}"


def encode(manifest: Manifest) -> bytes:
    sealed = msgspec.structs.replace(manifest, digest=_digest(manifest))
    return msgspec.json.format(msgspec.json.encode(sealed), indent=2)


def decode(data: bytes, name: str) -> Manifest:
    """Raises BadBackupError with the reason."""
    try:
        if msgspec.json.decode(data, type=_Head).format > FORMAT:
            raise NewerBackupError(name, "it was made by a newer Kinoteka, in a form that this one does not know")
        manifest = msgspec.json.decode(data, type=Manifest)
    except msgspec.MsgspecError:
        raise BadBackupError(name, "its manifest is damaged, or not Kinoteka's") from None
    if manifest.digest != _digest(manifest):
        raise BadBackupError(name, "its manifest was changed after it was written")
    if manifest.name != name or not all(part.key.startswith(f"backups/{name}/") for part in manifest.parts):
        raise BadBackupError(name, f"its manifest is that of another backup, {manifest.name}")
    if not all(map(_TABLE.fullmatch, (manifest.schema, *manifest.tables))):
        raise BadBackupError(name, "its manifest names tables that cannot be Kinoteka's")
    return manifest


def _digest(manifest: Manifest) -> str:
    return hashlib.sha256(msgspec.json.encode(msgspec.structs.replace(manifest, digest=""))).hexdigest()
