"""A film from its making to its end, over a socket; every answer is compared with the served OpenAPI document."""

import asyncio
import csv
import io
from dataclasses import dataclass
from time import monotonic
from typing import Any
from uuid import uuid4

import httpx

from tests.e2e.program import PATIENCE
from tests.functional.checked_api import Api

PASSWORD = "three otters at noon"
PROBLEM = "application/problem+json"
PLOT = "A prospector eats his boot, dances with two bread rolls and finds gold in the snow of the Klondike. " * 12


@dataclass(frozen=True)
class Site:
    """`editor`, `reader`: their headers; `drama`, `chaplin`: ids of what the film is made of."""

    api: Api
    editor: dict[str, str]
    reader: dict[str, str]
    genre: str
    person: str

    async def edit(self, method: str, path: str, status: int, body: Any = None, **headers: str) -> httpx.Response:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return await self.api.send(method, path, status, json=body, headers={**self.editor, **named})


async def sign_in(api: Api, phone: str) -> dict[str, str]:
    tokens = (await api.send("POST", "/auth/login", 200, json={"phone": phone, "password": PASSWORD})).json()
    return {"Authorization": f"Bearer {tokens['access_token']}"}


async def open_site(client: httpx.AsyncClient, admin: str) -> Site:
    """`admin`: the phone of an administrator whose password is PASSWORD."""
    client.headers["Accept-Encoding"] = "identity"
    api = Api(client, (await client.get("/openapi.json")).content)
    reader = {"phone": "+380501234567", "password": PASSWORD}
    await api.send("POST", "/auth/register", 201, json=reader)
    site = Site(api, await sign_in(api, admin), await sign_in(api, reader["phone"]), "", "")
    genre = (await site.edit("POST", "/genres", 201, {"name": f"Slapstick {uuid4().hex[:6]}"})).json()
    person = (await site.edit("POST", "/persons", 201, {"name": "Charlie Chaplin Junior"})).json()
    return Site(api, site.editor, site.reader, genre["id"], person["id"])


async def live(site: Site) -> list[tuple[str, float]]:
    """Seconds from each answer until lists and search show what it did."""
    new = {"title": f"The Gold Rush {uuid4().hex[:8]}", "year": 1925, "minutes": 95, "description": PLOT}
    new |= {"genres": [site.genre], "directors": [site.person]}
    waits: list[tuple[str, float]] = []
    film, etag = await is_made(site, new)
    waits.append(("create", await until_found(site, new["title"], True)))
    await is_read(site, film, etag)
    etag = await is_changed(site, film, etag)
    waits.append(("rename", await until_found(site, new["title"] + " Again", True)))
    await is_liked(site, film)
    await is_exported(site, film)
    await is_deleted(site, film, etag)
    waits.append(("delete", await until_found(site, new["title"] + " Again", False)))
    await is_restored(site, film, new)
    waits.append(("restore", await until_found(site, new["title"] + " Again", True)))
    await is_told(site, film)
    return waits


async def is_made(site: Site, new: dict[str, Any]) -> tuple[str, str]:
    api = site.api
    nobody = await api.send("POST", "/films", 401, json=new)
    assert nobody.headers["www-authenticate"].startswith("Bearer")
    await api.send("POST", "/films", 403, json=new, headers=site.reader)
    bad = await site.edit("POST", "/films", 422, {**new, "title": "\u3164", "minutes": 0, "genres": ["No such genre"]})
    assert {one["pointer"] for one in bad.json()["errors"]} == {"/title", "/minutes", "/genres/0"}
    await api.send("POST", "/films", 400, content=b"{", headers={**site.editor, "Content-Type": "application/json"})
    wrong = await api.send("POST", "/films", 415, content=b"x", headers={**site.editor, "Content-Type": "text/csv"})
    assert wrong.headers["accept"] == "application/json"
    large = {**site.editor, "Content-Type": "application/json"}
    await api.send("POST", "/films", 413, content=b" " * (2**20 + 1), headers=large)
    await site.edit("POST", "/films", 406, new, Accept="text/html")
    key = str(uuid4())
    made = await site.edit("POST", "/films", 201, new, Idempotency_Key=key)
    again = await site.edit("POST", "/films", 201, new, Idempotency_Key=key)
    assert (again.content, again.headers["etag"]) == (made.content, made.headers["etag"])
    await site.edit("POST", "/films", 422, {**new, "year": 1926}, Idempotency_Key=key)
    film: str = made.json()["id"]
    assert made.headers["location"] == f"/api/v1/films/{film}"
    taken = await site.edit("POST", "/films", 409, {**new, "title": new["title"].upper()})
    assert taken.headers["content-type"] == PROBLEM
    assert taken.json()["errors"][0]["link"] == f"/api/v1/films/{film}"
    return film, made.headers["etag"]


async def is_read(site: Site, film: str, etag: str) -> None:
    path = f"/films/{film}"
    read = await site.api.get(path, headers={"Accept-Encoding": "identity"})
    assert read.headers["etag"] == etag
    assert read.headers["vary"] == "accept-encoding"
    assert read.headers["cache-control"]
    unchanged = await site.api.get(path, 304, headers={"If-None-Match": etag, "Accept-Encoding": "identity"})
    assert (unchanged.content, unchanged.headers["etag"]) == (b"", etag)
    for coding in ("gzip", "zstd"):
        packed = await site.api.get(path, headers={"Accept-Encoding": coding})
        assert packed.headers["content-encoding"] == coding
        assert packed.headers["etag"] == f'{etag[:-1]}-{coding}"'
        assert packed.json() == read.json()
    assert (await site.api.send("HEAD", path, 200)).content == b""
    refused = await site.api.send("PUT", path, 405)
    assert refused.headers["allow"] == "DELETE, GET, HEAD, OPTIONS, PATCH"


async def is_changed(site: Site, film: str, etag: str) -> str:
    path = f"/films/{film}"
    title = (await site.api.get(path)).json()["title"] + " Again"
    await site.edit("PATCH", path, 428, {"title": title})
    await site.edit("PATCH", path, 412, {"title": title}, If_Match='"99.x"')
    await site.edit("PATCH", path, 422, {"titel": title}, If_Match=etag)
    body = {"title": title, "minutes": 96}
    both = [site.edit("PATCH", path, None, body | {"year": year}, If_Match=etag) for year in (1925, 1942)]  # type: ignore[arg-type] # either
    answers = await asyncio.gather(*both)
    assert sorted(answer.status_code for answer in answers) == [200, 412]
    (won,) = (answer for answer in answers if answer.status_code == 200)
    assert (await site.api.get(path, headers={"Accept-Encoding": "identity"})).headers["etag"] == won.headers["etag"]
    return won.headers["etag"]


async def is_liked(site: Site, film: str) -> None:
    api, mine = site.api, site.reader
    for status in (201, 200):
        await api.send("PUT", f"/me/favourites/{film}", status, headers=mine)
    for status, score in ((201, 9), (200, 8.5)):
        await api.send("PUT", f"/me/ratings/{film}", status, json={"score": score}, headers=mine)
    await api.send("PUT", f"/me/ratings/{film}", 422, json={"score": 8.3}, headers=mine)
    state = (await api.get(f"/me/films/{film}", headers=mine)).json()
    assert state == {"favourite": True, "wishlist": False, "score": 8.5}
    rated = (await api.get(f"/films/{film}")).json()
    assert (rated["rating"], rated["votes"]) == (8.5, 1)
    assert (await api.get(f"/films/{film}/ratings")).json()["count"] == 1


async def is_exported(site: Site, film: str) -> None:
    export = await site.api.get("/films/export?format=csv", headers=site.reader)
    rows = {row["id"]: row for row in csv.DictReader(io.StringIO(export.text))}
    assert rows[film]["minutes"] == "96"


async def is_deleted(site: Site, film: str, etag: str) -> None:
    path = f"/films/{film}"
    await site.edit("DELETE", path, 428)
    await site.edit("DELETE", path, 412, If_Match='"1.x"')
    gone = await site.edit("DELETE", path, 204, If_Match=etag)
    assert gone.content == b""
    await site.api.get(path, 404)
    await site.api.get(f"/me/films/{film}", 404, headers=site.reader)
    await site.edit("DELETE", path, 404, If_Match="*")
    favourites = (await site.api.get("/me/favourites", headers=site.reader)).json()
    assert favourites["total"] == 0


async def is_restored(site: Site, film: str, new: dict[str, Any]) -> None:
    title = new["title"] + " Again"
    other = (await site.edit("POST", "/films", 201, {**new, "title": title})).json()
    await site.edit("POST", f"/films/{film}/restore", 409)
    await site.edit("DELETE", f"/films/{other['id']}", 204, If_Match="*")
    back = await site.edit("POST", f"/films/{film}/restore", 200)
    assert (back.json()["title"], back.json()["rating"], back.json()["votes"]) == (title, 8.5, 1)
    assert (await site.api.get(f"/me/films/{film}", headers=site.reader)).json()["favourite"] is True


async def is_told(site: Site, film: str) -> None:
    told = (await site.edit("GET", f"/films/{film}/changes", 200)).json()
    assert [one["action"] for one in told["items"]] == ["restore", "delete", "change", "create"]
    await site.api.get(f"/films/{film}/changes", 403, headers=site.reader)
    person = (await site.edit("POST", "/persons", 201, {"name": "C. Chaplin Junior"})).json()["id"]
    merge = {"into": person}
    await site.edit("POST", f"/persons/{site.person}/merge", 428, merge)
    await site.edit("POST", f"/persons/{site.person}/merge", 200, merge, If_Match="*")
    moved = await site.api.get(f"/persons/{site.person}", 308)
    assert moved.headers["location"] == f"/api/v1/persons/{person}"
    assert (await site.api.get(f"/films/{film}")).json()["directors"][0]["id"] == person


async def until_found(site: Site, title: str, there: bool) -> float:
    """By a list and by search, of a film that has exactly this title."""
    began = monotonic()
    for path, items in ((f"/films?title_prefix={title}", list_titles), (f"/search?q={title}", found_titles)):
        while (title in items((await site.api.get(path)).json())) != there:
            assert monotonic() < began + PATIENCE, f"{title}: {path}"
            await asyncio.sleep(0.01)
    return monotonic() - began


def list_titles(page: dict[str, Any]) -> list[str]:
    return [one["title"] for one in page["items"]]


def found_titles(page: dict[str, Any]) -> list[str]:
    return [one["film"]["title"] for one in page["items"] if one["kind"] == "film"]
