"""Reads of one film, person or genre."""

import httpx
import pytest
from applications import Own
from checked_api import Api
from small_catalogue import FILMS, STALKER, id_of, people, refresh, rename

from kinoteka.catalogue import service

TARKOVSKY = f"/persons/{id_of('person', 'Andrei Tarkovsky')}"


async def test_a_film_with_everything(api: Api) -> None:
    film = (await api.get(f"/films/{STALKER.id}")).json()
    assert (film["title"], film["year"], film["minutes"], film["rating"], film["votes"]) == (
        "Stalker",
        1979,
        162,
        8.1,
        900,
    )
    assert [one["name"] for one in film["writers"]] == ["Arkady Strugatsky", "Boris Strugatsky"]
    assert [(one["name"], one["character"]) for one in film["actors"]] == STALKER.actors
    assert {(one["language"], one["title"]) for one in film["alternative_titles"]} == {
        ("ru", "Сталкер"),
        ("uk", "Сталкер"),
    }
    assert film["external_ids"] == {"imdb": "tt0079944", "tmdb": None}
    assert film["description"].startswith("A guide")


async def test_unrated_is_null(api: Api) -> None:
    film = (await api.get(f"/films/{id_of('film', 'Unrated and Endless 2020')}")).json()
    assert (film["rating"], film["weighted_rating"], film["votes"], film["minutes"]) == (None, None, 0, None)


async def test_every_film_answers(api: Api) -> None:
    for one in FILMS:
        assert (await api.get(f"/films/{one.id}")).json()["title"] == one.title


async def test_a_filmography_is_never_cut(api: Api) -> None:
    person = (await api.get(f"/persons/{id_of('person', 'Everywhere Actor')}")).json()
    assert person["film_count"] == len(person["films"]) == 130
    assert {work["id"] for work in person["films"]} == {
        str(one.id) for one in FILMS if any(name == "Everywhere Actor" for _, _, name, _ in people(one))
    }


async def test_a_long_filmography_is_gathered_in_parts(own: Own, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "FILMS_AT_ONCE", 1)
    await rename(own.services, "Guide")
    person = (await own.api.get(TARKOVSKY)).json()
    assert [film["title"] for film in person["films"]] == ["Stalker", "Solaris"], "the index, which nobody told"


async def test_a_genre(api: Api) -> None:
    assert (await api.get(f"/genres/{id_of('genre', 'Ужасы')}")).json()["name"] == "Ужасы"


async def test_by_external_id(api: Api) -> None:
    assert (await api.get("/films/by/imdb/tt0079944")).json() == (await api.get(f"/films/{STALKER.id}")).json()
    await api.get("/films/by/tmdb/tt0079944", 404)
    await api.get("/films/by/imdb/tt00799440", 404)
    await api.problem("/films/by/kinopoisk/1", "source")
    await api.problem("/films/by/imdb/a%20b", "value")


@pytest.mark.parametrize("kind", ["films", "persons", "genres"])
async def test_unknown_and_malformed_ids(api: Api, kind: str) -> None:
    await api.get(f"/{kind}/{id_of('film', 'unknown')}", 404)
    for wrong in ("1", "null", f"{STALKER.id}x", str(STALKER.id).replace("-", ""), "%00", "%F0%9F%8E%AC"):
        await api.problem(f"/{kind}/{wrong}", "id")
    assert (await api.get(f"/{kind}/{str(id_of('film', 'x')).upper()}", 404)).json()["status"] == 404


async def test_path_and_query_faults_come_together(api: Api) -> None:
    problem = await api.problem(
        "/films/oops/similar?page_size=3&colour=red&page=x", "id", "page_size", "colour", "page"
    )
    assert len(problem["errors"]) == 4
    assert problem["trace_id"]
    assert problem["instance"] == "/api/v1/films/oops/similar"


async def test_a_persons_page_shows_a_films_new_title_as_soon_as_the_index_has_it(own: Own) -> None:
    before = await own.api.get(TARKOVSKY)
    await rename(own.services, "Guide")
    truth = await _from_database(own, TARKOVSKY)
    await refresh(own.services, "film", STALKER.id)
    await rename(own.services, "Guide again")
    await own.services.tokens.renew([f"person:{id_of('person', 'Andrei Tarkovsky')}"])
    after = await own.api.get(TARKOVSKY)
    assert [film["title"] for film in after.json()["films"]] == ["Guide", "Solaris"], "the index, as it is now"
    assert after.headers["etag"] != before.headers["etag"]
    assert (after.content, after.headers["etag"]) == (truth.content, truth.headers["etag"])


async def _from_database(own: Own, path: str) -> httpx.Response:
    await own.services.tokens.hold(["person"])
    answer = await own.api.get(path)
    await own.services.tokens.release(["person"])
    return answer


async def test_a_person_with_a_film_that_the_index_lacks_comes_from_the_database(own: Own) -> None:
    await own.services.engine.write([], [("film", STALKER.id)])
    person = (await own.api.get(TARKOVSKY)).json()
    assert "Stalker" in [film["title"] for film in person["films"]]
    assert person["film_count"] == len(person["films"])


async def test_a_pending_film_comes_from_the_database(own: Own) -> None:
    path = f"/films/{STALKER.id}"
    before = await own.api.get(path)
    await own.api.get(path)
    await own.services.tokens.hold([f"film:{STALKER.id}"])
    await rename(own.services, "Guide")
    after = await own.api.get(path)
    assert after.json()["title"] == "Guide"
    assert after.headers["etag"] != before.headers["etag"]
    assert after.headers["etag"].startswith('"2.')
    await rename(own.services, "Guide again")
    assert (await own.api.get(path)).json()["title"] == "Guide again"
    await own.services.tokens.renew([f"film:{STALKER.id}"])
    assert (await own.api.get(path)).json()["title"] == "Stalker", "the index, which nobody told"


async def test_while_a_kind_is_pending_all_of_it_comes_from_the_database(own: Own) -> None:
    await own.services.tokens.hold(["film"])
    await rename(own.services, "Guide")
    assert (await own.api.get(f"/films/{STALKER.id}")).json()["title"] == "Guide"
    assert (await own.api.get("/films/by/imdb/tt0079944")).json()["title"] == "Guide"


async def test_what_the_index_lacks_is_asked_of_the_database(own: Own) -> None:
    await own.services.engine.write([], [("film", STALKER.id)])
    assert (await own.api.get(f"/films/{STALKER.id}")).json()["title"] == "Stalker"
    assert (await own.api.get("/films/by/imdb/tt0079944")).json()["title"] == "Stalker"
    assert (await own.api.get(f"/films/{STALKER.id}/similar")).json()["items"] == []
