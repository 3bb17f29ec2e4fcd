"""The top list carries the weights that its films were weighed with, also while others wait for a rebuild."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from applications import Own, application
from checked_api import Api
from small_catalogue import index
from sqlalchemy import text

from kinoteka.bootstrap import open_services

OLD, NEW = (100.0, 6.5), (500.0, 5.5)


@pytest.fixture
async def restarted(own: Own) -> AsyncIterator[Own]:
    """The application of `own` in a process that begins after the weights were changed."""
    await change_weights(own, *NEW)
    await own.services.engine.close()
    dsn = own.services.database.dsn
    async with open_services(own.services.settings, dsn) as services, application(services) as later:
        yield later
    await own.services.engine.open()


async def change_weights(own: Own, m: float, c: float) -> None:
    async with own.services.database.transaction() as connection:
        await connection.execute(text("UPDATE rating_weight SET m = :m, c = :c"), {"m": m, "c": c})


async def rebuild(own: Own) -> None:
    """As the indexer does: the request is fulfilled after the new index is in use."""
    await index(own.services)
    async with own.services.database.transaction() as connection:
        await connection.execute(text("DELETE FROM search_rebuild_request"))
    await own.services.tokens.renew_all()


def weights(page: dict[str, Any]) -> tuple[float, float]:
    return page["m"], page["c"]


def assert_explained(page: dict[str, Any]) -> None:
    m, c = weights(page)
    rated = [film for film in page["items"] if film["rating"] is not None]
    assert rated
    for film in rated:
        weighed = (m * c + film["rating"] * film["votes"]) / (m + film["votes"])
        assert abs(weighed - film["weighted_rating"]) < 0.00051, (page["m"], film)


async def top(api: Api) -> dict[str, Any]:
    page: dict[str, Any] = (await api.get("/films/top")).json()
    return page


async def test_new_weights_are_told_when_the_films_are_weighed_with_them(own: Own) -> None:
    before = await top(own.api)
    assert weights(before) == OLD
    assert_explained(before)
    await change_weights(own, *NEW)
    await own.services.tokens.renew_all()
    assert await top(own.api) == before
    await rebuild(own)
    after = await top(own.api)
    assert weights(after) == NEW
    assert_explained(after)


async def test_a_process_that_begins_in_between_says_nothing_wrong(restarted: Own) -> None:
    await restarted.api.get("/films/top", 503)
    await rebuild(restarted)
    page = await top(restarted.api)
    assert weights(page) == NEW
    assert_explained(page)


async def test_a_rebuild_for_another_reason_holds_nobody_up(own: Own) -> None:
    async with own.services.database.transaction() as connection:
        await connection.execute(text("SELECT search_rebuild_needed()"))
    page = await top(own.api)
    assert weights(page) == OLD
    assert_explained(page)


async def test_the_database_is_asked_once_for_each_index(own: Own) -> None:
    await top(own.api)
    async with own.services.database.transaction() as connection:
        await connection.execute(text("ALTER TABLE rating_weight RENAME TO elsewhere"))
    for page in (1, 2):
        assert weights((await own.api.get(f"/films/top?page_size=20&page={page}")).json()) == OLD
