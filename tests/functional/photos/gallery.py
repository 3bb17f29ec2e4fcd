"""A site with a person to be shown and somebody who may change the catalogue."""

from dataclasses import dataclass
from io import BytesIO
from typing import Any
from uuid import UUID

import httpx
from applications import Own
from corpus import MEGAPIXELS, MOST_BYTES
from people import Person, new_person
from PIL import Image
from small_catalogue import OUTSIDERS, fill, index

GIVEN: dict[str, Any] = {
    "photo_megapixels": MEGAPIXELS,
    "photo_bytes": MOST_BYTES,
    "access_token_seconds": 3600,
    "photo_queue": 100,
}


@dataclass(frozen=True)
class Gallery:
    own: Own
    editor: Person
    person_id: UUID

    @property
    def path(self) -> str:
        return f"/persons/{self.person_id}/photo"

    async def person(self) -> dict[str, Any]:
        found: dict[str, Any] = (await self.own.api.get(f"/persons/{self.person_id}")).json()
        return found

    async def put(self, data: Any, status: int | None = None, **headers: str) -> httpx.Response:
        given = {"Content-Type": "image/jpeg", "If-Match": "*", **self.editor.headers, **headers}
        return await self.own.api.send("PUT", self.path, status, content=data, headers=given)

    async def delete(self, status: int | None = None, **headers: str) -> httpx.Response:
        given = {"If-Match": "*", **self.editor.headers, **headers}
        return await self.own.api.send("DELETE", self.path, status, headers=given)

    async def shown(self, size: str = "large") -> Image.Image:
        """Through the address that the person has."""
        answer = await self.own.api.get((await self.person())["photo"][size])
        assert answer.headers["content-type"] == "image/webp"
        image: Image.Image = Image.open(BytesIO(answer.content))
        image.load()
        return image


async def open_gallery(own: Own) -> Gallery:
    await fill(own.services.database, OUTSIDERS)
    await index(own.services)
    editor = await new_person(own.services, "catalogue:write")
    person = (await own.api.get("/persons")).json()["items"][0]
    return Gallery(own, editor, UUID(person["id"]))
