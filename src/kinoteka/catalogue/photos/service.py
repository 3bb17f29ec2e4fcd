"""Photos are made and stored before the row that names them is changed, and removed after it: no answer ever names
what is not there, and an upload that fails leaves the photo before it."""

import asyncio
from dataclasses import dataclass
from functools import partial
from typing import Any
from uuid import UUID

import structlog
from msgspec import Struct
from msgspec.json import decode as decode_json
from msgspec.structs import replace
from sqlalchemy.ext.asyncio import AsyncConnection

from kinoteka.catalogue.editing import history
from kinoteka.catalogue.editing.editor import Editor, Written, commit, look, shown
from kinoteka.catalogue.editing.rows import get_record, lock_row
from kinoteka.catalogue.photos import repository
from kinoteka.catalogue.photos.names import content_of, new_name, object_key, object_keys
from kinoteka.catalogue.photos.reencoder import Reencoder
from kinoteka.catalogue.photos.verdict import Refusal, Renditions, Size
from kinoteka.catalogue.service import Reader, get_body
from kinoteka.errors import (
    Fault,
    InvalidError,
    NotFoundError,
    PreconditionFailedError,
    UnavailableError,
    UnsupportedMediaTypeError,
)
from kinoteka.objects import Objects, ObjectsUnavailableError
from kinoteka.web.answer import Answer, answer_nothing
from kinoteka.web.conditional import check_match
from kinoteka.web.decode import Call

log = structlog.get_logger()


@dataclass(frozen=True)
class Photos:
    """What photos are shown and changed with."""

    reader: Reader
    editor: Editor
    reencoder: Reencoder
    place: Objects | None
    """None: several processes, and no place named that they share."""

    @property
    def objects(self) -> Objects:
        """Raises UnavailableError."""
        if self.place is None:
            raise UnavailableError("There is no place for photos: set KINOTEKA_OBJECTS_URL.", retry_after=60)
        return self.place


class _Shown(Struct):
    """As much of a person as matters here."""

    photo: dict[Size, str] | None


async def get_name(photos: Photos, person_id: UUID) -> str:
    """Of the photo that the person is shown with. Raises NotFoundError, for a person without one too."""
    body = await get_body(photos.reader, "person", person_id)
    shown = decode_json(body.data, type=_Shown).photo
    if shown is None:
        raise _no_photo(person_id)
    return shown["small"].rpartition("=")[2]


async def get_image(photos: Photos, name: str, size: Size) -> bytes:
    """Raises NotFoundError, and ObjectsUnavailableError."""
    try:
        return await photos.objects.get(object_key(name, size))
    except NotFoundError:
        raise NotFoundError("The photo is not in the object store; put it back from a backup.") from None


async def put_photo(photos: Photos, call: Call[Any], condition: str) -> Answer:
    """The person as they are now; the body is the call's. Raises NotFoundError, PreconditionFailedError,
    UnsupportedMediaTypeError and InvalidError for what is no photo, UnavailableError, and what reading a body raises.
    """
    person_id, objects = call.path["id"], photos.objects
    async with photos.reencoder.place():
        await _check(photos, person_id, condition)  # whoever is outdated hears it before anything is read
        renditions = await _reencode(photos, await call.body.read())
    name = new_name(content_of(renditions))
    await _store(objects, name, renditions)
    try:
        answer, before = await _exchange(photos, call, condition, name)
    except (NotFoundError, PreconditionFailedError):
        await _discard(objects, name)
        raise
    if before:
        await _discard(objects, before)
        return answer
    location = ((b"location", f"/api/v1/persons/{person_id}/photo".encode()),)
    return replace(answer, status=201, headers=location)


async def delete_photo(photos: Photos, call: Call[Any], condition: str) -> Answer:
    """Raises NotFoundError, PreconditionFailedError, UnavailableError."""
    _, before = await _exchange(photos, call, condition, None)
    if before:
        await _discard(photos.objects, before)
    return answer_nothing()


async def _check(photos: Photos, person_id: UUID, condition: str) -> None:
    version = await look(photos.editor, partial(repository.find_version, person_id=person_id))
    if version is None:
        raise NotFoundError(f"There is no person with the id {person_id}.")
    check_match(condition, version)


async def _reencode(photos: Photos, data: bytes) -> Renditions:
    verdict = await photos.reencoder.reencode(data)
    if isinstance(verdict, Renditions):
        return verdict
    raise _refusal(verdict)


def _refusal(refusal: Refusal) -> Exception:
    if refusal.code == "unsupported":
        return UnsupportedMediaTypeError(refusal.detail, headers={"Accept": "image/jpeg, image/png, image/webp"})
    return InvalidError(refusal.detail, [Fault(code=refusal.code, detail=refusal.detail.rstrip("."))])


async def _store(objects: Objects, name: str, renditions: Renditions) -> None:
    try:
        async with asyncio.TaskGroup() as group:
            for size, data in renditions.sizes.items():
                group.create_task(objects.put(object_key(name, size), data))
    except* ObjectsUnavailableError as errors:
        await _discard(objects, name)
        raise errors.exceptions[0] from None


async def _exchange(photos: Photos, call: Call[Any], condition: str, name: str | None) -> tuple[Answer, str | None]:
    """The person with the photo of that name, or none; and the name of the one before."""
    person_id: UUID = call.path["id"]
    before: str | None = None

    async def work(connection: AsyncConnection) -> Written:
        nonlocal before
        row = await lock_row(connection, "person", person_id)
        check_match(condition, row.version)
        before = row.photo
        if name is None and before is None:
            raise _no_photo(person_id)
        old = await get_record(connection, "person", person_id)
        await repository.set_photo(connection, person_id, name)
        new = await get_record(connection, "person", person_id)
        record, changes = (person_id, new.version), history.differences(old, new)
        await history.write(connection, history.author_of(call), "change", "person", record, changes)
        return Written(shown(new), [("person", person_id)])

    return await commit(photos.editor, call, work), before


async def _discard(objects: Objects, name: str) -> None:
    """What cannot be removed now the sweep removes later."""
    try:
        await objects.delete(object_keys(name))
    except ObjectsUnavailableError as error:
        log.warning("photo left for the sweep", name=name, reason=error.detail)


def _no_photo(person_id: UUID) -> NotFoundError:
    return NotFoundError(f"The person {person_id} has no photo.")
