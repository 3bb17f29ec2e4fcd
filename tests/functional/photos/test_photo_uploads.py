"""Bodies that are too long, too slow, too many or cut off, and what they cost."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from applications import Own, application
from corpus import MOST_BYTES
from gallery import GIVEN, Gallery, open_gallery
from image_files import noise, png
from raw_asgi import make_scope

from kinoteka.bootstrap import Services, open_services
from kinoteka.settings import Settings
from kinoteka.web import upload

PIECE = 2**16


@pytest.fixture
async def narrow(settings: Settings, database_url: str) -> AsyncIterator[Gallery]:
    """Where one photo is worked on, and none waits."""
    given = settings.model_copy(update={**GIVEN, "photo_workers": 1, "photo_queue": 0})
    async with open_services(given, database_url) as services, application(services) as own:
        yield await open_gallery(own)


class Body:
    """An upload of no end; `pieces` tells how much of it was asked for."""

    def __init__(self, pause: asyncio.Event | None = None) -> None:
        self.pieces = 0
        self.begun = asyncio.Event()
        self._pause = pause

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while True:
            self.pieces += 1
            self.begun.set()
            if self._pause:
                await self._pause.wait()
            yield noise(PIECE)


async def test_what_says_that_it_is_too_long_is_not_read(gallery: Gallery) -> None:
    body = Body()
    await gallery.put(body, 413, **{"Content-Length": str(MOST_BYTES + 1)})
    assert body.pieces <= 1


async def test_what_does_not_say_so_is_read_up_to_the_limit(gallery: Gallery) -> None:
    body = Body()
    problem = (await gallery.put(body, 413)).json()
    assert problem["detail"] == "The body may have 1,048,576 bytes."
    assert body.pieces <= MOST_BYTES // PIECE + 2


async def test_a_whole_file_of_the_longest_length_is_looked_at(gallery: Gallery) -> None:
    await gallery.put(png() + bytes(MOST_BYTES - len(png())), 422)
    await gallery.put(png() + bytes(MOST_BYTES - len(png()) + 1), 413)


async def test_who_comes_while_too_many_are_at_it_is_told_when_to_come_again(narrow: Gallery) -> None:
    going_on = asyncio.Event()
    first, second = Body(going_on), Body()
    uploading = asyncio.create_task(narrow.put(first))
    await first.begun.wait()
    answer = await narrow.put(second, 503)
    assert int(answer.headers["retry-after"]) >= 1
    assert second.pieces == 0
    going_on.set()
    assert (await uploading).status_code == 413
    await narrow.put(png(), 201)


async def test_whoever_has_not_seen_the_person_need_not_send_the_file(gallery: Gallery) -> None:
    body = Body()
    await gallery.put(body, 412, **{"If-Match": '"999.0"'})
    assert body.pieces == 0


async def test_a_body_that_does_not_come_is_not_waited_for(gallery: Gallery, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upload, "PATIENCE", 0.05)
    await gallery.put(Body(asyncio.Event()), 408)


async def test_an_upload_that_is_cut_off_leaves_everything_as_it_was(gallery: Gallery) -> None:
    await gallery.put(png())
    shown = await gallery.person()
    statuses = await put_half(gallery.own, gallery)
    assert statuses == [400]
    assert await gallery.person() == shown


async def put_half(own: Own, gallery: Gallery) -> list[int]:
    """By hand: the client goes away in the middle."""
    half, sent = png()[:100], []
    coming = iter([{"type": "http.request", "body": half, "more_body": True}, {"type": "http.disconnect"}])

    async def receive() -> Any:
        return next(coming)

    async def send(message: Any) -> None:
        sent.append(message)

    scope = make_scope(f"/api/v1{gallery.path}", "PUT")
    given = {"content-type": "image/png", "if-match": "*", **gallery.editor.headers}
    scope["headers"] = [(name.lower().encode(), value.encode()) for name, value in given.items()]
    await own.app(scope, receive, send)  # type: ignore[arg-type] # a plain scope
    return [message["status"] for message in sent if message["type"] == "http.response.start"]


async def test_a_storm_of_uploads_is_answered_whole(services: Services) -> None:
    """With the settings as they are shipped: nine may be there at once."""
    async with application(services) as own:
        gallery = await open_gallery(own)
        answers = await asyncio.gather(*(gallery.put(png()) for _ in range(40)))
        statuses = {answer.status_code for answer in answers}
        assert statuses <= {200, 201, 503}
        assert {201, 503} <= statuses
        assert (await gallery.shown()).size == (120, 90)
