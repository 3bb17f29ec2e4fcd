"""A catalogue that is for accounts only: kept answers are for them alone, too."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from applications import Own, application
from people import Person, new_person
from small_catalogue import OUTSIDERS, STALKER, fill, index

PATHS = ["/films", f"/films/{STALKER.id}", "/search?q=stalker", "/search/suggest?q=st", "/genres", "/films/random"]


@pytest.fixture
async def private(fresh: Own) -> AsyncIterator[Own]:
    await fill(fresh.services.database, OUTSIDERS)
    await index(fresh.services)
    settings = fresh.services.settings.model_copy(update={"public_catalogue": False})
    async with application(replace(fresh.services, settings=settings)) as own:
        yield own


@pytest.fixture
async def person(private: Own) -> Person:
    return await new_person(private.services)


@pytest.mark.parametrize("path", PATHS)
async def test_nobody_gets_an_answer_that_was_kept(private: Own, person: Person, path: str) -> None:
    await private.api.get(path, 401)
    first = await private.api.get(path, headers=person.headers)
    assert first.headers["cache-control"] in ("private, no-cache", "private, no-store")
    again = await private.api.get(path, headers=person.headers)
    if "random" not in path:
        assert again.content == first.content
        await private.api.get(path, 304, headers={**person.headers, "If-None-Match": first.headers["etag"]})
        await private.api.get(path, 401, headers={"If-None-Match": first.headers["etag"]})
    await private.api.get(path, 401)
    await private.api.send("HEAD", path, 401)
    await private.api.send("POST", "/auth/logout", 204, headers=person.headers)
    await private.api.get(path, 401, headers=person.headers)


async def test_what_is_public_stays_so(private: Own) -> None:
    await private.api.get("/health/live")
    assert (await private.api.client.get("/docs", headers={"Accept": "text/html"})).status_code == 200
    document = (await private.api.client.get("/openapi.json")).json()
    assert document["paths"]["/api/v1/films"]["get"]["security"] == [{"bearer": []}]
    assert document["paths"]["/api/v1/auth/login"]["post"]["security"] == []


async def test_personal_answers_are_kept_by_nobody(private: Own, person: Person) -> None:
    other = await new_person(private.services)
    for path in ("/me", "/me/sessions", "/me/logins", "/me/permissions", "/me/export"):
        first = await private.api.get(path, headers=person.headers)
        assert first.headers["cache-control"] == "private, no-store"
        assert "etag" not in first.headers
    assert (await private.api.get("/me", headers=other.headers)).json()["id"] == str(other.id)
