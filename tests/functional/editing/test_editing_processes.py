"""What one process wrote is read from every other one as soon as it is answered, whatever these had kept."""

import asyncio
from collections.abc import AsyncIterator
from uuid import uuid4

import pytest
from applications import Own
from editing_steps import ANY, TARKOVSKY, new_film
from people import Person, new_person, scalar
from processes import Process, starter
from small_catalogue import STALKER, id_of

PATH = f"/films/{STALKER.id}"
READ = (PATH, f"/persons/{TARKOVSKY}", f"/genres/{id_of('genre', 'Drama')}")


@pytest.fixture
async def pair(own: Own) -> AsyncIterator[tuple[Process, Process]]:
    async with starter(own) as start:
        yield await start(), await start()


@pytest.fixture
async def editor(own: Own) -> Person:
    return await new_person(own.services, "catalogue:write")


async def test_a_change_is_read_everywhere(pair: tuple[Process, Process], editor: Person) -> None:
    for number in range(12):
        writer, reader = pair if number % 2 else pair[::-1]
        for path in READ:
            await reader.own.api.get(path)  # what it keeps from here on is old
        headers = {**editor.headers, **ANY}
        answer = await writer.own.api.send("PATCH", PATH, 200, json={"title": f"Zone {number}"}, headers=headers)
        read = await reader.own.api.get(PATH)
        assert (read.json(), read.headers["etag"]) == (answer.json(), answer.headers["etag"])
        person = (await reader.own.api.get(READ[1])).json()
        assert f"Zone {number}" in [film["title"] for film in person["films"]]


async def test_a_deletion_a_restore_and_a_merge_too(pair: tuple[Process, Process], editor: Person) -> None:
    one, two = (process.own.api for process in pair)
    headers = {**editor.headers, **ANY}
    await two.get(PATH)
    await one.send("DELETE", PATH, 204, headers=headers)
    await two.get(PATH, 404)
    restored = await two.send("POST", f"{PATH}/restore", 200, headers=editor.headers)
    assert (await one.get(PATH)).json() == restored.json()
    into = {"into": str(id_of("person", "Steven Soderbergh"))}
    await two.get(READ[1])
    await one.send("POST", f"{READ[1]}/merge", 200, json=into, headers=headers)
    await two.get(READ[1], 308)
    assert (await two.get(PATH)).json()["directors"][0]["name"] == "Steven Soderbergh"


async def test_one_key_sent_to_every_process_makes_one_film(pair: tuple[Process, Process], editor: Person) -> None:
    for number in range(5):
        headers = {**editor.headers, "Idempotency-Key": str(uuid4())}
        body = new_film(f"Twice {number}")
        path = "/films?allow_same_title=true"
        sent = [process.own.api.send("POST", path, json=body, headers=headers) for process in pair * 4]
        answers = await asyncio.gather(*sent)
        assert {answer.status_code for answer in answers} <= {201, 409}
        again = await pair[1].own.api.send("POST", path, 201, json=body, headers=headers)
        assert {answer.content for answer in answers if answer.status_code == 201} == {again.content}
    made = await scalar(pair[0].services, "SELECT count(*) FROM film WHERE title LIKE 'Twice%'")
    assert made == 5
