"""Own ratings and lists from other sites: told row by row, done once, taken back whole."""

import asyncio
from asyncio import Event
from typing import Any
from uuid import uuid4

import own_files
import pytest
from applications import Own
from own_files import (
    csv_of,
    imdb_rating,
    imdb_wish,
    json_of,
    letterboxd,
    movielens,
    trakt_listed,
    trakt_movie,
    trakt_rating,
    zip_of,
)
from people import Person, execute, new_person
from small_catalogue import OUTSIDERS, STALKER
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from kinoteka.catalogue.editing.editor import Editor
from kinoteka.me.imports import worker

SOLARIS, SOLARIS_2002, UNRATED, TOM, SHADOWS = OUTSIDERS[1:]


@pytest.fixture
async def viewer(own: Own) -> Person:
    return await new_person(own.services)


def editor(own: Own) -> Editor:
    return Editor(own.services.writes, own.services.tokens)


async def send(
    own: Own, who: Person, source: str, content: bytes, status: int = 202, dry_run: str | None = None, **headers: str
) -> Any:
    data = {"source": source} | ({"dry_run": dry_run} if dry_run else {})
    options: dict[str, Any] = {"files": {"file": ("mine.zip", content)}, "data": data}
    return await own.api.send("POST", "/me/imports", status, headers={**who.headers, **headers}, **options)


async def work(own: Own) -> None:
    while await worker.do_next(editor(own), Event()):
        pass


async def bring(own: Own, who: Person, source: str, content: bytes, dry_run: str | None = None) -> dict[str, Any]:
    """The finished import."""
    answer = await send(own, who, source, content, dry_run=dry_run)
    await work(own)
    found: dict[str, Any] = (await own.api.get(answer.headers["location"], headers=who.headers)).json()
    return found


async def state(own: Own, who: Person, answer: Any) -> str:
    found: str = (await own.api.get(answer.headers["location"], headers=who.headers)).json()["state"]
    return found


async def rows(own: Own, who: Person, brought: dict[str, Any], **query: Any) -> list[dict[str, Any]]:
    path = f"/me/imports/{brought['id']}/rows"
    page = (await own.api.get(path, params={"page_size": 100, **query}, headers=who.headers)).json()
    items: list[dict[str, Any]] = page["items"]
    return items


async def scores(own: Own, who: Person) -> dict[str, float]:
    page = (await own.api.get("/me/ratings?page_size=100", headers=who.headers)).json()
    return {item["film"]["id"]: item["score"] for item in page["items"]}


async def listed(own: Own, who: Person, name: str) -> set[str]:
    page = (await own.api.get(f"/me/{name}?page_size=100", headers=who.headers)).json()
    return {item["film"]["id"] for item in page["items"]}


async def everything(own: Own, who: Person) -> Any:
    """Times too."""
    pages = [await own.api.get(f"/me/{name}?page_size=100", headers=who.headers) for name in LISTS]
    return [page.json()["items"] for page in pages]


LISTS = ("ratings", "favourites", "wishlist")
STARS = [half / 2 for half in range(1, 11)]


async def test_letterboxd(own: Own, viewer: Person) -> None:
    content = letterboxd(
        ratings=[("Stalker", 1979, 4.5), ("solaris", 1972, 0.5), ("Solaris", 2002, 5), ("Shadows", 1965, 3)],
        watchlist=[("Unrated and Endless", 2020), ("Nothing Such", 1999)],
        likes=[("Stalker", 1979)],
    )
    brought = await bring(own, viewer, "letterboxd", content)
    assert (brought["state"], brought["done"], brought["total"]) == ("done", 7, 7)
    assert brought["counts"] == {"added": 6, "unmatched": 1}
    assert await scores(own, viewer) == {
        str(STALKER.id): 9.0,
        str(SOLARIS.id): 1.0,
        str(SOLARIS_2002.id): 10.0,
        str(SHADOWS.id): 6.0,
    }
    assert await listed(own, viewer, "wishlist") == {str(UNRATED.id)}
    assert await listed(own, viewer, "favourites") == {str(STALKER.id)}
    told = await rows(own, viewer, brought)
    assert [row["number"] for row in told] == list(range(7))
    assert (told[0]["file"], told[0]["line"], told[0]["score"], told[0]["outcome"]) == ("ratings.csv", 2, 9.0, "added")
    (missing,) = await rows(own, viewer, brought, outcome="unmatched")
    assert (missing["title"], missing["year"], missing["film"]) == ("Nothing Such", 1999, None)
    rating = (await own.api.get(f"/me/ratings/{STALKER.id}", headers=viewer.headers)).json()
    assert rating["rated_at"] == "2021-03-04T00:00:00Z"
    assert (await own.api.get(f"/films/{STALKER.id}")).json()["votes"] == 901


@pytest.mark.parametrize("stars", STARS)
async def test_not_one_star_is_lost(own: Own, viewer: Person, stars: float) -> None:
    await bring(own, viewer, "letterboxd", letterboxd([("Stalker", 1979, f"{stars:g}")]))
    assert await scores(own, viewer) == {str(STALKER.id): stars * 2}
    out = await own.api.get("/me/exports/letterboxd", headers=viewer.headers)
    lines = out.text.splitlines()
    assert lines == ["imdbID,tmdbID,Title,Year,Directors,Rating", f"tt0079944,,Stalker,1979,Andrei Tarkovsky,{stars:g}"]


async def test_what_is_ambiguous_is_listed_with_candidates(own: Own, viewer: Person) -> None:
    twin = "INSERT INTO film (title, title_key, year) VALUES ('Solaris', 'solaris', 1972) RETURNING id"
    async with own.services.database.transaction() as connection:
        twin_id = await connection.scalar(text(twin))
    content = letterboxd([("Solaris", 1972, 4), ("Stalker", 1980, 4), ("Stalker", "", 4), ("Stalker", 1990, 4)])
    brought = await bring(own, viewer, "letterboxd", content)
    assert brought["counts"] == {"ambiguous": 3, "unmatched": 1}
    same, beside, yearless, _ = await rows(own, viewer, brought)
    assert {one["id"] for one in same["candidates"]} == {str(SOLARIS.id), str(twin_id)}
    assert [one["id"] for one in beside["candidates"]] == [str(STALKER.id)]
    assert yearless["candidates"] == beside["candidates"]
    assert await scores(own, viewer) == {}


async def test_imdb_ratings(own: Own, viewer: Person) -> None:
    listed_rows: list[list[object]] = [imdb_rating("tt0079944", score) for score in (8,)]
    ragged = ["tt0307479", 3, "2019-05-06", "Solaris, the", "new one", "and more", *range(20)]
    short = ["tt9999999", 10]
    wrong: list[list[object]] = [["tt0079944x", 5], ["tt0079944", 11], ["tt0079944", ""], imdb_rating("tt0079944", 2)]
    content = csv_of(own_files.IMDB_RATINGS, [*listed_rows, ragged, short, *wrong])
    brought = await bring(own, viewer, "imdb", content)
    assert await scores(own, viewer) == {str(STALKER.id): 8.0, str(SOLARIS_2002.id): 3.0}
    told = await rows(own, viewer, brought)
    assert [row["outcome"] for row in told] == [
        *("added", "added", "unmatched"),
        *("refused", "refused", "refused", "duplicate"),
    ]
    assert all(row["reason"] for row in told[2:])


async def test_imdb_watchlist_and_the_scores_in_it(own: Own, viewer: Person) -> None:
    content = csv_of(own_files.IMDB_WATCHLIST, [imdb_wish("tt0079944", 7), imdb_wish("tt0307479")])
    brought = await bring(own, viewer, "imdb", b"\xef\xbb\xbf" + content)
    assert brought["counts"] == {"added": 3}
    assert await listed(own, viewer, "wishlist") == {str(STALKER.id), str(SOLARIS_2002.id)}
    assert await scores(own, viewer) == {str(STALKER.id): 7.0}


TRAKT_STALKER = trakt_movie("Stalker", 1979, imdb="tt0079944", tmdb=1398)
TRAKT_SHAPES: list[tuple[str, bytes]] = [
    ("array", json_of([trakt_rating(TRAKT_STALKER, 9)])),
    ("sent", json_of({"movies": [{**TRAKT_STALKER, "rating": 9, "rated_at": "2014-09-01T09:10:11.000Z"}]})),
    ("by list", json_of({"ratings": {"movies": [trakt_rating(TRAKT_STALKER, 9)]}})),
    ("archive", zip_of({"ratings-movies.json": json_of([trakt_rating(TRAKT_STALKER, 9)]), "user.json": b"{}"})),
    ("no id", json_of([trakt_rating(trakt_movie("Stalker", 1979), 9)])),
]


@pytest.mark.parametrize(("shape", "content"), TRAKT_SHAPES, ids=[name for name, _ in TRAKT_SHAPES])
async def test_trakt_ratings_in_every_shape(own: Own, viewer: Person, shape: str, content: bytes) -> None:
    brought = await bring(own, viewer, "trakt", content)
    assert brought["counts"] == {"added": 1}, shape
    assert await scores(own, viewer) == {str(STALKER.id): 9.0}


async def test_trakt_lists_and_what_is_no_film(own: Own, viewer: Person) -> None:
    show = {"rating": 8, "rated_at": "2014-09-01T09:10:11.000Z", "type": "show", "show": trakt_movie("Lost", 2004)}
    files = {
        "out/watchlist.json": json_of([trakt_listed(TRAKT_STALKER)]),
        "out/favorites-movies.json": json_of([trakt_listed(trakt_movie("Solaris", 2002, imdb="tt0307479"))]),
        "out/ratings-shows.json": json_of([show, {"rating": "ten", "type": "movie"}, 7]),
    }
    brought = await bring(own, viewer, "trakt", zip_of(files))
    assert brought["counts"] == {"added": 2, "refused": 3}
    assert await listed(own, viewer, "wishlist") == {str(STALKER.id)}
    assert await listed(own, viewer, "favourites") == {str(SOLARIS_2002.id)}
    assert "only films" in (await rows(own, viewer, brought, outcome="refused"))[0]["reason"]


async def test_an_id_of_another_film_is_never_that_film(own: Own, viewer: Person) -> None:
    """Stalker is here, with IMDb's id; what calls itself so under another id is something else."""
    content = json_of([trakt_rating(trakt_movie("Stalker", 1979, imdb="tt7654321"), 9)])
    assert (await bring(own, viewer, "trakt", content))["counts"] == {"unmatched": 1}
    content = json_of([trakt_rating(trakt_movie("Solaris", 1972, imdb="tt0069293"), 9)])
    assert (await bring(own, viewer, "trakt", content))["counts"] == {"added": 1}


async def test_movielens(own: Own, viewer: Person) -> None:
    links = {3: ("0079944", "1398"), 4: ("307479", ""), 5: ("", "")}
    content = movielens([(3, 4.5), (4, "0.5"), (5, 3), (6, 3)], links)
    brought = await bring(own, viewer, "movielens", content)
    assert await scores(own, viewer) == {str(STALKER.id): 9.0, str(SOLARIS_2002.id): 1.0}
    assert brought["counts"] == {"added": 2, "refused": 2}
    assert (await rows(own, viewer, brought))[0]["title"] == "Stalker"


async def test_twice_adds_nothing(own: Own, viewer: Person) -> None:
    content = letterboxd([("Stalker", 1979, 4.5), ("Solaris", 1972, 2)], [("Solaris", 2002)])
    await bring(own, viewer, "letterboxd", content)
    before = await everything(own, viewer)
    again = await bring(own, viewer, "letterboxd", content)
    assert again["counts"] == {"unchanged": 3}
    assert await everything(own, viewer) == before


async def test_a_dry_run_tells_the_same_and_does_nothing(own: Own, viewer: Person) -> None:
    path = f"/me/ratings/{STALKER.id}"
    await own.api.send("PUT", path, 201, json={"score": 3}, headers=viewer.headers)
    content = letterboxd([("Stalker", 1979, 4.5), ("Stalker", 1979, 1), ("Nope", 1900, 1)], [("Solaris", 2002)])
    before = await everything(own, viewer)
    dry = await bring(own, viewer, "letterboxd", content, dry_run="true")
    assert await everything(own, viewer) == before
    true = await bring(own, viewer, "letterboxd", content, dry_run="false")
    assert dry["counts"] == true["counts"] == {"changed": 1, "duplicate": 1, "unmatched": 1, "added": 1}
    assert await rows(own, viewer, dry) == await rows(own, viewer, true)


async def test_an_import_is_taken_back_but_not_what_came_after(own: Own, viewer: Person) -> None:
    headers = viewer.headers
    await own.api.send("PUT", f"/me/ratings/{STALKER.id}", 201, json={"score": 3}, headers=headers)
    await own.api.send("PUT", f"/me/favourites/{STALKER.id}", 201, headers=headers)
    before = await everything(own, viewer)
    content = letterboxd(
        [("Stalker", 1979, 4.5), ("Solaris", 1972, 2), ("Solaris", 2002, 5)], [("Solaris", 2002)], [("Stalker", 1979)]
    )
    brought = await bring(own, viewer, "letterboxd", content)
    assert brought["counts"] == {"changed": 1, "added": 3, "unchanged": 1}
    await own.api.send("PUT", f"/me/ratings/{SOLARIS.id}", 200, json={"score": 7}, headers=headers)
    path = f"/me/imports/{brought['id']}"
    for _ in range(2):
        await own.api.send("DELETE", path, 204, headers=headers)
    assert (await own.api.get(path, headers=headers)).json()["state"] == "undone"
    assert await scores(own, viewer) == {str(STALKER.id): 3.0, str(SOLARIS.id): 7.0}
    await own.api.send("DELETE", f"/me/ratings/{SOLARIS.id}", 204, headers=headers)
    assert await everything(own, viewer) == before


async def test_one_that_waits_is_taken_back_before_it_begins(own: Own, viewer: Person) -> None:
    answer = await send(own, viewer, "letterboxd", letterboxd([("Stalker", 1979, 4.5)]))
    await own.api.send("DELETE", answer.headers["location"], 204, headers=viewer.headers)
    await work(own)
    assert await scores(own, viewer) == {}


def many(number: int) -> bytes:
    """Stalker in the first row, and films that are not here; each batch has something to do."""
    return letterboxd([("Stalker", 1979, 4.5), *((f"No Film {n}", 1990, 3) for n in range(number - 1))])


async def test_a_job_goes_on_where_a_worker_failed(own: Own, viewer: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker, "BATCH", 10)
    answer = await send(own, viewer, "letterboxd", many(45))
    await execute(own.services, "ALTER TABLE own_import_row ADD CONSTRAINT no_more CHECK (number < 25)")
    with pytest.raises(IntegrityError):
        await work(own)
    await execute(own.services, "ALTER TABLE own_import_row DROP CONSTRAINT no_more")
    half = (await own.api.get(answer.headers["location"], headers=viewer.headers)).json()
    assert (half["state"], half["done"]) == ("running", 20)
    assert not await worker.do_next(editor(own), Event()), "somebody else may be at it"
    await execute(own.services, "UPDATE own_import SET lease_until = now() - interval '1 s'")
    await work(own)
    whole = (await own.api.get(answer.headers["location"], headers=viewer.headers)).json()
    assert (whole["state"], whole["done"], whole["counts"]) == ("done", 45, {"added": 1, "unmatched": 44})
    assert [row["number"] for row in await rows(own, viewer, whole)] == list(range(45))


async def test_a_stopping_process_leaves_the_rest_to_another(
    own: Own, viewer: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker, "BATCH", 10)
    answer = await send(own, viewer, "letterboxd", many(30))
    stop = Event()
    stop.set()
    await worker.do_next(editor(own), stop)
    assert (await own.api.get(answer.headers["location"], headers=viewer.headers)).json()["state"] == "waiting"
    await work(own)
    assert (await own.api.get(answer.headers["location"], headers=viewer.headers)).json()["done"] == 30


async def test_several_workers_do_each_job_once(own: Own, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker, "BATCH", 3)
    crowd = [await new_person(own.services) for _ in range(6)]
    for one in crowd:
        await send(own, one, "letterboxd", many(12))
    await asyncio.gather(*(work(own) for _ in range(4)))
    for one in crowd:
        (done,) = (await own.api.get("/me/imports", headers=one.headers)).json()["items"]
        assert (done["state"], done["counts"]) == ("done", {"added": 1, "unmatched": 11})
    assert (await own.api.get(f"/films/{STALKER.id}/ratings")).json()["count"] == 6


async def test_the_worker_of_a_server_does_what_comes(own: Own, viewer: Person) -> None:
    async with worker.importing(editor(own)):
        answer = await send(own, viewer, "letterboxd", many(5))
        async with asyncio.timeout(30):
            while await state(own, viewer, answer) != "done":  # noqa: ASYNC110 - the state is in the database
                await asyncio.sleep(0.05)


async def test_whoever_is_not_the_owner_finds_nothing(own: Own, viewer: Person) -> None:
    brought = await bring(own, viewer, "letterboxd", many(2))
    stranger = await new_person(own.services)
    for path in (f"/me/imports/{brought['id']}", f"/me/imports/{brought['id']}/rows", f"/me/imports/{uuid4()}"):
        await own.api.get(path, 404, headers=stranger.headers)
    await own.api.send("DELETE", f"/me/imports/{brought['id']}", 404, headers=stranger.headers)
    assert (await own.api.get("/me/imports", headers=stranger.headers)).json()["total"] == 0
    await own.api.send("POST", "/me/imports", 401, files={"file": ("a", b"b")}, data={"source": "imdb"})


async def test_rows_come_in_pages(own: Own, viewer: Person) -> None:
    brought = await bring(own, viewer, "letterboxd", many(25))
    path = f"/me/imports/{brought['id']}/rows?page_size=10"
    first = await own.api.get(path, headers=viewer.headers)
    assert 'rel="next"' in first.headers["link"]
    second = (await own.api.get(f"{path}&cursor={first.json()['cursor']}", headers=viewer.headers)).json()
    assert [row["number"] for row in second["items"]] == list(range(10, 20))
    last = (await own.api.get(f"{path}&page=3", headers=viewer.headers)).json()
    assert ([row["number"] for row in last["items"]], last["cursor"]) == (list(range(20, 25)), None)
    await own.api.problem(f"{path}&outcome=lost", "outcome", headers=viewer.headers)
    await own.api.problem(f"{path}&cursor=AAAA", "cursor", headers=viewer.headers)


async def test_the_same_request_sent_again_is_done_once(own: Own, viewer: Person) -> None:
    """The client makes another boundary each time, so it sends the same bytes itself."""
    body = (
        b'--b\r\nContent-Disposition: form-data; name="source"\r\n\r\nletterboxd\r\n'
        b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.zip"\r\n\r\n' + many(2) + b"\r\n--b--\r\n"
    )
    headers = {**viewer.headers, "Content-Type": "multipart/form-data; boundary=b", "Idempotency-Key": "one"}
    first, again = [await own.api.send("POST", "/me/imports", 202, content=body, headers=headers) for _ in range(2)]
    assert first.json() == again.json()
    assert (await own.api.get("/me/imports", headers=viewer.headers)).json()["total"] == 1
    other = body.replace(b"a.zip", b"b.zip")
    await own.api.send("POST", "/me/imports", 422, content=other, headers=headers)


async def test_only_so_many_wait(own: Own, viewer: Person) -> None:
    for _ in range(3):
        await send(own, viewer, "letterboxd", many(2))
    await send(own, viewer, "letterboxd", many(2), 409)


async def test_our_own_csv_loses_nothing(own: Own, viewer: Person) -> None:
    await execute(own.services, "UPDATE film SET title = '=HYPERLINK(\"x\"), a' WHERE id = :id", id=TOM.id)
    for number, film in enumerate(OUTSIDERS):
        score = {"score": 1.5 + number * 1.5}
        await own.api.send("PUT", f"/me/ratings/{film.id}", 201, json=score, headers=viewer.headers)
        if number % 2:
            await own.api.send("PUT", f"/me/favourites/{film.id}", 201, headers=viewer.headers)
        else:
            await own.api.send("PUT", f"/me/wishlist/{film.id}", 201, headers=viewer.headers)
    out = await own.api.get("/me/exports/csv", headers=viewer.headers)
    assert out.headers["cache-control"] == "private, no-store"
    assert "'=HYPERLINK" in out.text
    another = await new_person(own.services)
    brought = await bring(own, another, "kinoteka", out.content)
    assert brought["counts"] == {"added": 12}
    assert await everything(own, another) == await everything(own, viewer)


async def test_scores_between_half_stars_go_up(own: Own, viewer: Person) -> None:
    await own.api.send("PUT", f"/me/ratings/{STALKER.id}", 201, json={"score": 7.5}, headers=viewer.headers)
    await own.api.send("PUT", f"/me/wishlist/{SOLARIS.id}", 201, headers=viewer.headers)
    out = await own.api.get("/me/exports/letterboxd?list=ratings", headers=viewer.headers)
    assert out.text.splitlines()[1] == "tt0079944,,Stalker,1979,Andrei Tarkovsky,4"
    wished = await own.api.get("/me/exports/letterboxd?list=wishlist", headers=viewer.headers)
    assert wished.text.splitlines()[1:] == [",,Solaris,1972,Andrei Tarkovsky,"]
    await own.api.problem("/me/exports/letterboxd?list=diary", "list", headers=viewer.headers)


async def test_an_account_takes_its_imports_along(own: Own, viewer: Person) -> None:
    await bring(own, viewer, "letterboxd", many(3))
    await execute(own.services, "DELETE FROM account WHERE id = :id", id=viewer.id)
    async with own.services.database.transaction() as connection:
        for table in ("own_import", "own_import_row", "rating"):
            assert await connection.scalar(text(f"SELECT count(*) FROM {table}")) == 0
