"""What editors do, over HTTP."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

import httpx
from applications import Own
from people import Person
from small_catalogue import id_of

TARKOVSKY = str(id_of("person", "Andrei Tarkovsky"))
KAIDANOVSKY = str(id_of("person", "Alexander Kaidanovsky"))
ANY = {"If-Match": "*"}


def new_film(title: str = "Mirror", **more: Any) -> dict[str, Any]:
    return {"title": title, "year": 1975, "minutes": 107, "genres": ["Drama"], "directors": [TARKOVSKY], **more}


def faults(answer: httpx.Response) -> dict[str, str]:
    """Place to code."""
    return {fault.get("pointer", fault.get("parameter")): fault["code"] for fault in answer.json()["errors"]}


@dataclass(frozen=True)
class Desk:
    own: Own
    editor: Person

    async def send(self, method: str, path: str, status: int | None = None, **options: Any) -> httpx.Response:
        headers = {**self.editor.headers, **options.pop("headers", {})}
        return await self.own.api.send(method, path, status, headers=headers, **options)

    async def post(self, path: str, body: Any = None, status: int | None = 201, **options: Any) -> Any:
        return await self.send("POST", path, status, json=body, **options)

    async def make(self, title: str = "Mirror", **more: Any) -> dict[str, Any]:
        film: dict[str, Any] = (await self.post("/films", new_film(title, **more))).json()
        return film

    async def patch(self, path: str, body: Any, status: int = 200, **headers: str) -> httpx.Response:
        return await self.send("PATCH", path, status, json=body, headers={**ANY, **headers})

    async def delete(self, path: str, status: int = 204, **headers: str) -> httpx.Response:
        return await self.send("DELETE", path, status, headers={**ANY, **headers})

    async def get(self, path: str, status: int = 200) -> Any:
        """As nobody in particular."""
        return await self.own.api.get(path, status)

    async def read(self, path: str) -> Any:
        return (await self.get(path)).json()

    async def changes(self, path: str) -> list[dict[str, Any]]:
        """The oldest first."""
        items: list[dict[str, Any]] = (await self.send("GET", f"{path}/changes", 200)).json()["items"]
        return items[::-1]


def film_path(film: dict[str, Any] | UUID) -> str:
    return f"/films/{film['id'] if isinstance(film, dict) else film}"
