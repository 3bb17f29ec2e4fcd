"""The life of a photo over HTTP: conditions, addresses, caches, races, failures."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from applications import application
from gallery import Gallery, open_gallery
from image_files import BLUE, GREEN, RED, jpeg, png
from people import execute, new_person
from PIL import Image
from sqlalchemy.engine import make_url

from kinoteka.bootstrap import Services, open_services
from kinoteka.catalogue.photos.verdict import BOXES
from kinoteka.indexer import worker


def plain_jpeg(colour: tuple[int, int, int]) -> bytes:
    return jpeg(Image.new("RGB", (60, 90), colour))


@pytest.fixture
async def gallery(services: Services) -> AsyncIterator[Gallery]:
    async with application(services) as own:
        yield await open_gallery(own)


def objects_of(gallery: Gallery) -> set[str]:
    folder = gallery.own.services.settings.objects_folder
    assert folder
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


def keys_of(photo: dict[str, str]) -> set[str]:
    name = photo["small"].rpartition("=")[2]
    return {f"photos/{name}/{size}.webp" for size in BOXES}


async def test_a_person_has_no_photo_then_one_then_another_then_none(gallery: Gallery) -> None:
    before = await gallery.own.api.get(f"/persons/{gallery.person_id}")
    assert before.json()["photo"] is None
    await gallery.own.api.get(gallery.path, 404)
    first = await gallery.put(plain_jpeg(RED), 201, **{"If-Match": before.headers["etag"]})
    assert first.headers["location"] == f"/api/v1{gallery.path}"
    assert (await gallery.own.api.get(f"/persons/{gallery.person_id}")).headers["etag"] == first.headers["etag"]
    assert first.json() == await gallery.person()
    assert objects_of(gallery) == keys_of(first.json()["photo"])
    second = await gallery.put(plain_jpeg(BLUE), 200, **{"If-Match": first.headers["etag"]})
    assert second.json()["photo"] != first.json()["photo"]
    assert objects_of(gallery) == keys_of(second.json()["photo"])
    await gallery.own.api.get(first.json()["photo"]["small"], 404)
    await gallery.delete(204, **{"If-Match": second.headers["etag"]})
    assert (await gallery.person())["photo"] is None
    assert objects_of(gallery) == set()
    await gallery.own.api.get(second.json()["photo"]["small"], 404)
    await gallery.delete(404)


async def test_who_has_not_seen_the_person_as_they_are_changes_nothing(gallery: Gallery) -> None:
    stale = (await gallery.own.api.get(f"/persons/{gallery.person_id}")).headers["etag"]
    await gallery.put(plain_jpeg(RED), 201)
    shown = await gallery.person()
    headers = {**gallery.editor.headers, "Content-Type": "image/jpeg"}
    for method in ("PUT", "DELETE"):
        await gallery.own.api.send(method, gallery.path, 428, content=b"", headers=headers)
        await gallery.own.api.send(method, gallery.path, 412, content=b"", headers={**headers, "If-Match": stale})
        await gallery.own.api.send(method, gallery.path, 422, content=b"", headers={**headers, "If-Match": "nonsense"})
    assert await gallery.person() == shown
    assert objects_of(gallery) == keys_of(shown["photo"])


async def test_its_address_may_be_kept_for_a_year(gallery: Gallery) -> None:
    photo = (await gallery.put(jpeg(Image.effect_noise((300, 300), 80)), 201)).json()["photo"]
    answer = await gallery.own.api.get(photo["medium"], headers={"Accept-Encoding": "zstd, gzip"})
    assert len(answer.content) > 5000
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert answer.headers["content-type"] == "image/webp"
    assert answer.headers["content-length"] == str(len(answer.content))
    assert "content-encoding" not in answer.headers
    assert answer.headers["etag"].startswith('"')
    again = await gallery.own.api.client.get(photo["medium"], headers={"If-None-Match": answer.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["cache-control"] == answer.headers["cache-control"]
    head = await gallery.own.api.client.head(photo["medium"])
    assert (head.headers["content-length"], head.content) == (answer.headers["content-length"], b"")


async def test_without_a_version_the_newest_is_where_it_says(gallery: Gallery) -> None:
    photo = (await gallery.put(png(), 201)).json()["photo"]
    for query, size in (("", "medium"), ("?size=small", "small"), ("?size=large", "large")):
        answer = await gallery.own.api.get(f"{gallery.path}{query}", 307)
        assert answer.headers["location"] == photo[size]
        assert answer.headers["cache-control"] == "public, no-cache"


@pytest.mark.parametrize(
    ("query", "status"),
    [("size=huge", 422), ("v=short", 422), ("v=" + "0" * 40, 404), ("size=small&size=large", 422), ("sise=small", 422)],
)
async def test_another_size_or_version_is_not_made_up(gallery: Gallery, query: str, status: int) -> None:
    await gallery.put(png(), 201)
    await gallery.own.api.get(f"{gallery.path}?{query}", status)


async def test_lists_and_search_show_it_once_the_index_does(gallery: Gallery) -> None:
    services = gallery.own.services
    photo = (await gallery.put(png(), 201)).json()["photo"]
    name = (await gallery.person())["name"]
    async with running(services):
        for path in ("/persons?page_size=100", f"/search?q={name}"):
            await until_shown(gallery, path, photo)
        await gallery.delete(204)
        for path in ("/persons?page_size=100", f"/search?q={name}"):
            await until_shown(gallery, path, None)


@asynccontextmanager
async def running(services: Services) -> AsyncIterator[None]:
    """The indexer at work."""
    stop = asyncio.Event()
    parts = (services.database, services.engine, services.tokens, stop, services.phases)
    task = asyncio.create_task(worker.run(*parts, number=1))
    try:
        yield
    finally:
        stop.set()
        await asyncio.wait_for(task, 60)


async def until_shown(gallery: Gallery, path: str, photo: dict[str, str] | None) -> None:
    async with asyncio.timeout(60):
        while True:
            items = (await gallery.own.api.get(path)).json()["items"]
            found = [one.get("person") or one for one in items]
            if photo in [one.get("photo", "") for one in found if one.get("id") == str(gallery.person_id)]:
                return
            await asyncio.sleep(0.02)


async def test_whoever_may_not_write_changes_nothing(gallery: Gallery) -> None:
    ordinary = await new_person(gallery.own.services)
    headers = {"If-Match": "*", "Content-Type": "image/jpeg"}
    for method in ("PUT", "DELETE"):
        await gallery.own.api.send(method, gallery.path, 401, content=png(), headers=headers)
        await gallery.own.api.send(method, gallery.path, 403, content=png(), headers={**headers, **ordinary.headers})
    assert objects_of(gallery) == set()


@pytest.mark.parametrize(
    "kind", ["", "text/plain", "application/json", "multipart/form-data; boundary=x", "image/gif", "image/svg+xml"]
)
async def test_what_is_not_sent_as_an_image_is_not_read(gallery: Gallery, kind: str) -> None:
    answer = await gallery.put(png(), 415, **{"Content-Type": kind})
    assert answer.headers["accept"] == "image/jpeg, image/png, image/webp"


async def test_the_bytes_decide_whatever_the_file_is_called(gallery: Gallery) -> None:
    await gallery.put(png(), 201, **{"Content-Type": "image/jpeg"})
    assert (await gallery.shown()).size == (120, 90)


async def test_there_must_be_a_person(gallery: Gallery) -> None:
    nobody = replace(gallery, person_id="0190d3a2-7c1e-7b43-9f4e-0d8f3c1a2b3c")
    await nobody.put(png(), 404)
    await nobody.delete(404)
    await gallery.own.api.get(nobody.path, 404)


async def test_a_deleted_person_keeps_the_photo_for_when_they_are_restored(gallery: Gallery) -> None:
    photo = (await gallery.put(png(), 201)).json()["photo"]
    services = gallery.own.services
    await execute(services, "UPDATE person SET deleted_at = now() WHERE id = :id", id=gallery.person_id)
    await services.tokens.hold([f"person:{gallery.person_id}"])
    await gallery.own.api.get(photo["small"], 404)
    await gallery.put(png(), 404)
    assert objects_of(gallery) == keys_of(photo)
    await execute(services, "UPDATE person SET deleted_at = NULL WHERE id = :id", id=gallery.person_id)
    await gallery.own.api.get(photo["small"])


async def test_of_two_at_once_one_wins_and_the_other_leaves_nothing(gallery: Gallery) -> None:
    etag = (await gallery.own.api.get(f"/persons/{gallery.person_id}")).headers["etag"]
    colours = [RED, GREEN, BLUE]
    puts = [gallery.put(plain_jpeg(colour), **{"If-Match": etag}) for colour in colours]
    answers = await asyncio.gather(*puts)
    statuses = [answer.status_code for answer in answers]
    assert sorted(statuses) == [201, 412, 412]
    photo = (await gallery.person())["photo"]
    assert photo == answers[statuses.index(201)].json()["photo"]
    assert objects_of(gallery) == keys_of(photo)
    seen = (await gallery.shown()).convert("RGB").getpixel((30, 45))
    assert isinstance(seen, tuple)
    wanted = colours[statuses.index(201)]
    assert all(abs(one - other) < 10 for one, other in zip(seen, wanted, strict=True))


async def test_uploads_over_one_another_end_with_the_last_and_nothing_else(gallery: Gallery) -> None:
    answers = await asyncio.gather(*(gallery.put(plain_jpeg((n * 20, 0, 0))) for n in range(8)))
    assert sorted(answer.status_code for answer in answers) == [200] * 7 + [201]
    assert objects_of(gallery) == keys_of((await gallery.person())["photo"])


async def test_the_same_image_for_two_persons_is_taken_from_one_alone(gallery: Gallery) -> None:
    persons = (await gallery.own.api.get("/persons")).json()["items"]
    other = replace(gallery, person_id=next(one["id"] for one in persons if one["id"] != str(gallery.person_id)))
    await gallery.put(png(), 201)
    kept = (await other.put(png(), 201)).json()["photo"]
    await gallery.delete(204)
    assert objects_of(gallery) == keys_of(kept)
    assert (await other.shown()).size == (120, 90)


async def test_a_merge_takes_the_photo_along(gallery: Gallery) -> None:
    kept, gone, third = [replace(gallery, person_id=one) for one in await new_persons(gallery, 3)]
    photo = (await gone.put(png(), 201)).json()["photo"]
    stays = await merge(gone, kept)
    assert {size: address.rpartition("=")[2] for size, address in stays["photo"].items()} == {
        size: address.rpartition("=")[2] for size, address in photo.items()
    }
    assert (await kept.shown()).size == (120, 90)
    await third.put(plain_jpeg(RED), 201)
    assert (await merge(third, kept))["photo"] == stays["photo"]
    moved = await gallery.own.api.get(f"{gone.path}?size=small", 308)
    assert moved.headers["location"] == f"/api/v1{kept.path}?size=small"


async def new_persons(gallery: Gallery, number: int) -> list[UUID]:
    made = [
        await gallery.own.api.send("POST", "/persons", 201, json={"name": f"N {n}"}, headers=gallery.editor.headers)
        for n in range(number)
    ]
    return [UUID(answer.json()["id"]) for answer in made]


async def merge(old: Gallery, into: Gallery) -> dict[str, Any]:
    headers = {**old.editor.headers, "If-Match": "*"}
    body = {"into": str(into.person_id)}
    answer = await old.own.api.send("POST", f"/persons/{old.person_id}/merge", 200, json=body, headers=headers)
    merged: dict[str, Any] = answer.json()
    return merged


async def test_who_changed_it_is_kept(gallery: Gallery) -> None:
    photo = (await gallery.put(png(), 201)).json()["photo"]
    await gallery.delete(204)
    path = f"/persons/{gallery.person_id}/changes"
    newest, before = (await gallery.own.api.get(path, headers=gallery.editor.headers)).json()["items"][:2]
    assert newest["changes"] == {"photo": {"from": photo, "to": None}}
    assert before["changes"] == {"photo": {"from": None, "to": photo}}
    assert before["by"]["id"] == str(gallery.editor.id)


async def test_who_may_not_see_the_catalogue_sees_no_photo(gallery: Gallery) -> None:
    photo = (await gallery.put(png(), 201)).json()["photo"]
    services, reader = gallery.own.services, await new_person(gallery.own.services)
    settings = services.settings.model_copy(update={"public_catalogue": False})
    async with application(replace(services, settings=settings)) as private:
        for path, status in ((photo["small"], 200), (gallery.path, 307)):
            await private.api.get(path, 401)
            answer = await private.api.get(path, status, headers=reader.headers)
            assert answer.headers["cache-control"].startswith("private, ")
        shown = await private.api.get(photo["small"], headers=reader.headers)
        assert shown.headers["cache-control"] == "private, max-age=31536000, immutable"


async def test_several_processes_without_a_place_that_they_share_take_no_photo(gallery: Gallery) -> None:
    services = gallery.own.services
    servers = {"database_url": services.database.dsn, "elasticsearch_url": "http://localhost:9", "objects_url": None}
    settings = services.settings.model_copy(update=servers)
    async with application(replace(services, settings=settings)) as placeless:
        problem = (await replace(gallery, own=placeless).put(png(), 503)).json()
        assert problem["detail"] == "There is no place for photos: set KINOTEKA_OBJECTS_URL."


async def test_photos_are_shown_while_the_database_is_away(gallery: Gallery) -> None:
    photo = (await gallery.put(png(), 201)).json()["photo"]
    services = gallery.own.services
    async with running(services):
        await until_shown(gallery, "/persons?page_size=100", photo)
    await services.engine.close()
    nowhere = make_url(services.database.dsn).set(host="127.0.0.1", port=1, query={})
    url = nowhere.render_as_string(hide_password=False)
    async with open_services(services.settings, url) as others, application(others) as cut_off:
        await cut_off.api.get(photo["small"])
        await cut_off.api.get(gallery.path, 307)
        await replace(gallery, own=cut_off).put(png(), 503)
    await services.engine.open()


async def test_where_the_store_is_down_the_old_photo_stays(gallery: Gallery) -> None:
    photo = (await gallery.put(plain_jpeg(RED), 201)).json()["photo"]
    folder = gallery.own.services.settings.objects_folder
    assert folder
    hidden = Path(f"{folder}-away")
    folder.rename(hidden)
    folder.write_text("no folder")
    answer = await gallery.put(plain_jpeg(BLUE), 503)
    assert answer.headers["retry-after"]
    await gallery.own.api.get(photo["small"], 503)
    assert (await gallery.person())["photo"] == photo
    folder.unlink()
    hidden.rename(folder)
    assert objects_of(gallery) == keys_of(photo)
    await gallery.own.api.get(photo["small"])
    await gallery.put(plain_jpeg(BLUE), 200)
