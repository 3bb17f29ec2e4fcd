"""Every store of objects keeps these promises: a folder, memory and, where TEST_S3_ENDPOINT names one, S3."""

import asyncio
import hashlib
import os
import socket
import stat
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from uuid import uuid4

import pytest

from kinoteka.errors import NotFoundError
from kinoteka.objects import S3, Objects, ObjectsUnavailableError, Part, folder_objects, memory_objects, s3_objects

STORES = ["folder", "memory", *(["s3"] if "TEST_S3_ENDPOINT" in os.environ else [])]
MANY = 40 * 2**20
"""Bytes: more than one part of an upload."""


def s3_place(prefix: str, **other: str) -> S3:
    given = {name: os.environ[f"TEST_S3_{name.upper()}"] for name in ("region", "endpoint", "access_key", "secret_key")}
    return S3(f"s3://{os.environ['TEST_S3_BUCKET']}/{prefix}", **{**given, **other})


@pytest.fixture(params=STORES)
async def objects(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Objects]:
    if request.param == "s3":
        store = s3_objects(s3_place(f"test-{uuid4().hex}"))
        yield store
        await store.delete([info.key async for info in store.walk()])
        return
    yield folder_objects(tmp_path / "objects") if request.param == "folder" else memory_objects()


async def chunks(size: int, failure: BaseException | None = None) -> AsyncIterator[bytes]:
    for begin in range(0, size, 2**20):
        yield bytes([begin >> 20]) * min(2**20, size - begin)
    if failure:
        raise failure


USES: list[Callable[[Objects], Awaitable[object]]] = [
    lambda objects: objects.check(),
    lambda objects: objects.put("a", b""),
    lambda objects: objects.get("a"),
    lambda objects: objects.find("a"),
]


async def keys(objects: Objects, prefix: str = "") -> list[str]:
    return sorted([info.key async for info in objects.walk(prefix)])


async def test_what_was_put_is_read(objects: Objects) -> None:
    await objects.put("photos/one.jpg", b"first")
    await objects.put("photos/one.jpg", b"second")
    assert await objects.get("photos/one.jpg") == b"second"
    info = await objects.find("photos/one.jpg")
    assert info
    assert (info.key, info.size) == ("photos/one.jpg", 6)


async def test_its_mark_changes_with_the_content(objects: Objects) -> None:
    await objects.put("one", b"first")
    first = await objects.find("one")
    again = await objects.find("one")
    await objects.put("one", b"other")
    other = await objects.find("one")
    assert first
    assert again
    assert other
    assert first.mark == again.mark != other.mark


@pytest.mark.parametrize("size", [0, 1, 2**20, MANY + 7])
async def test_a_stream_comes_back_byte_for_byte(objects: Objects, size: int) -> None:
    whole = b"".join([chunk async for chunk in chunks(size)])
    part = await objects.put_stream("big/stream", chunks(size))
    assert b"".join([chunk async for chunk in objects.stream("big/stream")]) == whole
    assert part == Part("big/stream", size, hashlib.sha256(whole).hexdigest())


async def test_what_is_not_there(objects: Objects) -> None:
    assert await objects.find("nothing") is None
    assert await keys(objects) == []
    assert await keys(objects, "nothing") == []
    assert await objects.list_folders("nothing") == []
    await objects.delete(["nothing", "nothing/else"])
    with pytest.raises(NotFoundError):
        await objects.get("nothing")
    with pytest.raises(NotFoundError):
        await anext(objects.stream("nothing"))


@pytest.mark.parametrize("size", [0, 5, MANY])
async def test_a_source_that_fails_leaves_nothing_and_says_why_itself(objects: Objects, size: int) -> None:
    await objects.put("here/first", b"stays")
    with pytest.raises(ZeroDivisionError):
        await objects.put_stream("here/second", chunks(size, ZeroDivisionError()))
    with pytest.raises(BrokenPipeError):
        await objects.put_stream("here/first", chunks(size, BrokenPipeError()))
    assert await keys(objects) == ["here/first"]
    assert await objects.get("here/first") == b"stays"


async def test_an_upload_that_is_cancelled_leaves_nothing(objects: Objects) -> None:
    async def endless() -> AsyncIterator[bytes]:
        while True:
            yield bytes(2**20)
            await asyncio.sleep(0)

    task = asyncio.create_task(objects.put_stream("here/endless", endless()))
    await asyncio.sleep(0.2)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await keys(objects) == []


async def test_walking_and_folders_go_by_whole_parts_of_keys(objects: Objects) -> None:
    for key in ("a/b/1", "a/b/2", "a/c", "ab/1"):
        await objects.put(key, b"x")
    assert await keys(objects) == ["a/b/1", "a/b/2", "a/c", "ab/1"]
    assert await keys(objects, "a") == ["a/b/1", "a/b/2", "a/c"]
    assert await keys(objects, "a/b") == ["a/b/1", "a/b/2"]
    assert await objects.list_folders("a") == ["b"]
    assert await objects.list_folders("") == ["a", "ab"]


async def test_deleting_takes_what_is_named_and_nothing_else(objects: Objects) -> None:
    for number in range(12):
        await objects.put(f"many/{number}", b"x")
    await objects.delete([*(f"many/{number}" for number in range(11)), "many/none"])
    assert await keys(objects) == ["many/11"]


async def test_the_check_of_a_sound_store(objects: Objects) -> None:
    await objects.check()


async def test_two_writers_of_one_key_leave_one_of_both(objects: Objects) -> None:
    bodies = [bytes([number]) * 2**20 for number in range(8)]
    await asyncio.gather(*(objects.put("same", body) for body in bodies))
    assert await objects.get("same") in bodies


async def test_files_are_their_owners_alone(tmp_path: Path) -> None:
    objects = folder_objects(tmp_path / "deep" / "objects")
    await objects.put("backups/one/small", b"x")
    await objects.put_stream("backups/one/big", chunks(5))
    places = [tmp_path / "deep", *(tmp_path / "deep").rglob("*")]
    assert {place.name: stat.S_IMODE(place.stat().st_mode) & 0o077 for place in places} == dict.fromkeys(
        ("deep", "objects", "backups", "one", "small", "big"), 0
    )


async def test_a_folder_is_made_by_the_first_use_and_not_before(tmp_path: Path) -> None:
    objects = folder_objects(tmp_path / "objects")
    assert not (tmp_path / "objects").exists()
    await objects.check()
    assert (tmp_path / "objects").exists()


async def test_a_file_where_the_folder_belongs_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ObjectsUnavailableError, match="check KINOTEKA_OBJECTS_URL"):
        await folder_objects(tmp_path / "file").put("a", b"")


def nowhere() -> S3:
    return S3("s3://bucket", "us-east-1", "http://127.0.0.1:1", "key", "secret")


async def test_a_server_that_is_not_there_is_one_sentence() -> None:
    objects = s3_objects(nowhere())
    for use in USES:
        with pytest.raises(ObjectsUnavailableError, match=r"^The object store s3://bucket does not answer\.$"):
            await use(objects)


async def test_a_server_that_never_answers_costs_seconds_and_not_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kinoteka.objects.PATIENCE", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        objects = s3_objects(nowhere()._replace(endpoint=f"http://127.0.0.1:{silent.getsockname()[1]}"))
        for use in USES:
            with pytest.raises(ObjectsUnavailableError, match="does not answer"):
                await use(objects)
