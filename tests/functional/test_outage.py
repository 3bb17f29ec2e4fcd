"""PostgreSQL goes away: what the index holds is still answered, and what it does not hold is 503, not 404 or 500."""

import pytest
from applications import Own, application
from proxy import proxy
from small_catalogue import STALKER, fill, id_of, index

from kinoteka.bootstrap import open_services
from kinoteka.database import Database
from kinoteka.settings import Settings
from kinoteka.web import problems

READ = [
    "/films",
    "/films?genre=Drama&sort=title",
    f"/films/{STALKER.id}",
    f"/films/{STALKER.id}/similar",
    "/films/by/imdb/tt0079944",
    "/films/random",
    "/persons",
    f"/persons/{id_of('person', 'Andrei Tarkovsky')}",
    f"/persons/{id_of('person', 'Andrei Tarkovsky')}/films",
    "/genres",
    "/search?q=stalker",
    "/search/suggest?q=st",
]


@pytest.mark.parametrize("path", READ)
async def test_reading_goes_on(cut_off: Own, path: str) -> None:
    await cut_off.api.get(path)


@pytest.mark.parametrize(
    "path", [f"/films/{id_of('film', 'unknown')}", "/films/by/imdb/tt1", "/films/export", "/films/top"]
)
async def test_what_only_the_database_knows_is_unavailable(cut_off: Own, path: str) -> None:
    response = await cut_off.api.get(path, 503, headers={"Authorization": "Bearer some.token.here"})
    assert int(response.headers["retry-after"]) > 0


async def test_readiness_says_so(cut_off: Own) -> None:
    checks = {check["name"]: check["state"] for check in (await cut_off.api.get("/health/ready")).json()["checks"]}
    assert checks["database"] == "degraded"


async def test_going_down_in_the_middle(own: Own) -> None:
    """The weights of the top list are remembered; a film that is pending cannot be told."""
    await own.services.engine.close()
    async with (
        proxy(own.services.database.dsn) as (url, cut),
        open_services(own.services.settings, url) as services,
        application(services) as fragile,
    ):
        before = (await fragile.api.get("/films/top")).json()
        await cut()
        await services.tokens.renew_all()
        assert (await fragile.api.get("/films/top")).json() == before
        assert (await fragile.api.get(f"/films/{STALKER.id}")).json()["title"] == "Stalker"
        await services.tokens.hold([f"film:{STALKER.id}"])
        await fragile.api.get(f"/films/{STALKER.id}", 503)
    await own.services.engine.open()


async def test_a_server_that_restarted_costs_no_request(own: Own) -> None:
    """The pool holds connections that are dead by then."""
    await own.services.tokens.hold(["film"])
    await own.api.get(f"/films/{STALKER.id}")
    killer = await own.services.database.connect()
    try:
        await killer.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
    finally:
        await killer.close()
    await own.api.get(f"/films/{STALKER.id}")


async def test_before_the_first_index_lists_wait_and_films_answer(
    settings: Settings, database_url: str, database: Database
) -> None:
    from_catalogue = [STALKER]
    await fill(database, from_catalogue)
    async with open_services(settings, database_url) as services, application(services) as fresh:
        refused = await fresh.api.get("/films", 503)
        assert int(refused.headers["retry-after"]) > 0
        assert (await fresh.api.get(f"/films/{STALKER.id}")).json()["title"] == "Stalker"
        await index(services)
        assert (await fresh.api.get("/films")).json()["total"] == 1


async def test_an_outage_is_told_once(cut_off: Own, capsys: pytest.CaptureFixture[str]) -> None:
    """Each refusal has its own record anyway."""
    problems.outage.forget()
    for number in range(5):
        await cut_off.api.get(f"/films/by/imdb/tt{number}", 503)
    assert "".join(capsys.readouterr()).count("The database does not answer") == 1
