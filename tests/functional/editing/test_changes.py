"""Who changed what, and when; and what time does away with."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import uuid4

from editing_steps import TARKOVSKY, Desk, film_path
from people import PASSWORD, execute, new_person, scalar
from small_catalogue import STALKER, id_of

from kinoteka.catalogue.editing.purge import purge
from kinoteka.indexer.purging import keep_purging


async def test_each_change_is_told_by_field(desk: Desk) -> None:
    film = await desk.make(rating=8, votes=5)
    path = film_path(film)
    await desk.patch(path, {"minutes": 108, "genres": ["Comedy"]})
    await desk.patch(path, {"minutes": 108})
    await desk.delete(path)
    await desk.post(f"{path}/restore", None, 200)
    made, changed, deleted, restored = await desk.changes(path)
    assert [one["action"] for one in (made, changed, deleted, restored)] == ["create", "change", "delete", "restore"]
    assert [one["version"] for one in (made, changed, deleted, restored)] == [1, 2, 3, 4]
    assert {one["by"]["id"] for one in (made, changed, deleted, restored)} == {str(desk.editor.id)}
    assert made["changes"]["title"] == {"from": None, "to": "Mirror"}
    assert made["changes"]["votes"] == {"from": None, "to": 5}
    assert "weighted_rating" not in made["changes"]
    drama, comedy = ({"id": str(id_of("genre", name)), "name": name} for name in ("Drama", "Comedy"))
    assert changed["changes"] == {
        "minutes": {"from": 107, "to": 108},
        "genres": {"from": [drama], "to": [comedy]},
    }
    assert deleted["changes"]["minutes"] == {"from": 108, "to": None}
    assert restored["changes"]["minutes"] == {"from": None, "to": 108}


async def test_the_request_is_named(desk: Desk) -> None:
    answer = await desk.patch(film_path(STALKER.id), {"year": 1980}, **{"X-Request-ID": "editing-0001"})
    assert answer.headers["x-request-id"] == "editing-0001"
    assert [one["request_id"] for one in await desk.changes(film_path(STALKER.id))] == ["editing-0001"]


async def test_a_refused_change_leaves_no_trace(desk: Desk) -> None:
    await desk.patch(film_path(STALKER.id), {"title": "Solaris", "year": 1980}, 409)
    await desk.patch(film_path(STALKER.id), {"year": 1}, 422)
    assert await desk.changes(film_path(STALKER.id)) == []
    assert await scalar(desk.own.services, "SELECT count(*) FROM catalogue_change") == 0


async def test_persons_and_genres_have_a_history_too(desk: Desk) -> None:
    double = (await desk.post("/persons", {"name": "A. Tarkovsky"})).json()["id"]
    film = await desk.make(directors=[double])
    await desk.send("POST", f"/persons/{double}/merge", 200, json={"into": TARKOVSKY}, headers={"If-Match": "*"})
    gone, came = await desk.changes(f"/persons/{double}"), await desk.changes(f"/persons/{TARKOVSKY}")
    assert [one["action"] for one in gone] == ["create", "merge"]
    assert gone[1]["changes"]["merged_into"] == {"from": None, "to": TARKOVSKY}
    assert came[0]["changes"]["films"] == {"from": [], "to": [film["id"]]}
    assert (await desk.changes(film_path(film)))[1]["changes"] == {"person": {"from": double, "to": TARKOVSKY}}
    genre = (await desk.post("/genres", {"name": "Noir"})).json()["id"]
    await desk.patch(f"/genres/{genre}", {"name": "Film noir"})
    assert (await desk.changes(f"/genres/{genre}"))[1]["changes"] == {"name": {"from": "Noir", "to": "Film noir"}}


async def test_pages(desk: Desk) -> None:
    path = film_path(STALKER.id)
    for year in range(1980, 1987):
        await desk.patch(path, {"year": year})
    seen: list[Any] = []
    query = "?page_size=3"
    while query:
        page = (await desk.send("GET", f"{path}/changes{query}", 200)).json()
        assert page["total"] == 7
        seen += [one["changes"]["year"]["to"] for one in page["items"]]
        query = f"?page_size=3&cursor={page['cursor']}" if page["cursor"] else ""
    assert seen == list(range(1986, 1979, -1))
    await desk.send("GET", f"{path}/changes?page_size=101", 422)
    await desk.send("GET", f"/films/{uuid4()}/changes", 404)
    await desk.send("GET", f"/persons/{STALKER.id}/changes", 404)


async def test_editors_alone_see_it(desk: Desk) -> None:
    ordinary = await new_person(desk.own.services)
    await desk.own.api.get(f"{film_path(STALKER.id)}/changes", 403, headers=ordinary.headers)


async def test_nothing_personal_is_left_of_an_editor_who_leaves(desk: Desk) -> None:
    leaving = await new_person(desk.own.services, "catalogue:write", name="Olena")
    body = {"minutes": 90}
    headers = {**leaving.headers, "If-Match": "*"}
    await desk.own.api.send("PATCH", film_path(STALKER.id), 200, json=body, headers=headers)
    assert (await desk.changes(film_path(STALKER.id)))[0]["by"] == {"id": str(leaving.id), "name": "Olena"}
    await desk.own.api.send("DELETE", "/me", 204, json={"current_password": PASSWORD}, headers=leaving.headers)
    assert (await desk.changes(film_path(STALKER.id)))[0]["by"] == {"id": str(leaving.id), "name": None}


async def test_the_purge_takes_what_was_deleted_long_ago_and_leaves_its_history(desk: Desk) -> None:
    services = desk.own.services
    double = (await desk.post("/persons", {"name": "A. Tarkovsky"})).json()["id"]
    await desk.send("POST", f"/persons/{double}/merge", 200, json={"into": TARKOVSKY}, headers={"If-Match": "*"})
    recent = await desk.make("Recent")
    await desk.delete(film_path(recent))
    await desk.delete(film_path(STALKER.id))
    await desk.delete(f"/persons/{id_of('person', 'Steven Soderbergh')}?force=true")
    await desk.delete(f"/genres/{id_of('genre', 'Drama')}?force=true")
    for kind in ("film", "person", "genre"):
        late = f"UPDATE {kind} SET deleted_at = now() - interval '31 days' WHERE deleted_at IS NOT NULL AND id <> :id"
        await execute(services, late, id=recent["id"])
    assert await purge(services.database, batch=1) == {"film": 1, "person": 2, "genre": 1, "title": 2}
    assert await purge(services.database) == {}
    await desk.post(f"{film_path(STALKER.id)}/restore", None, 404)
    await desk.post(f"{film_path(recent)}/restore", None, 200)
    assert [one["action"] for one in await desk.changes(film_path(STALKER.id))] == ["delete", "purge"]
    assert (await desk.changes(film_path(STALKER.id)))[1]["by"] is None
    assert (await desk.get(f"/persons/{double}", 308)).headers["location"] == f"/api/v1/persons/{TARKOVSKY}"
    assert (await desk.read(f"/films/{id_of('film', 'Solaris 2002')}"))["directors"] == []


async def test_the_purge_runs_by_itself(desk: Desk) -> None:
    services, stop = desk.own.services, asyncio.Event()
    late = "UPDATE film SET deleted_at = now() - interval '31 days' WHERE id = :id"
    await execute(services, late, id=STALKER.id)
    purging = [asyncio.create_task(keep_purging(services.database, stop, first=0)) for _ in range(2)]
    async with asyncio.timeout(20):
        while await scalar(services, "SELECT count(*) FROM film WHERE id = :id", id=STALKER.id):  # noqa: ASYNC110 - another's event
            await asyncio.sleep(0.01)
    stop.set()
    await asyncio.gather(*purging)
    assert [one["action"] for one in await desk.changes(film_path(STALKER.id))] == ["purge"]


async def test_the_purge_waits_for_its_time(desk: Desk) -> None:
    await desk.delete(film_path(STALKER.id))
    assert await purge(desk.own.services.database, timedelta(days=30)) == {"title": 1}
    await desk.post(f"{film_path(STALKER.id)}/restore", None, 200)
