"""Search and suggestions as the API answers them. How well they find is measured by the relevance benchmark."""

from typing import Any

import pytest
from checked_api import Api
from small_catalogue import FILMS, STALKER, id_of
from walking import links


async def found(api: Api, q: str, **more: Any) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = (await api.get("/search", params={"q": q, **more})).json()["items"]
    return items


@pytest.mark.parametrize(
    "q", ["stalker", "STALKER", " stalker ", "сталкер", "Сталкер", "stalkr", "ыефдлук", "stalker 1979"]
)
async def test_a_film_is_found(api: Api, q: str) -> None:
    first = (await found(api, q))[0]
    assert (first["kind"], first["film"]["id"]) == ("film", str(STALKER.id))
    assert first["person"] is None
    assert first["genre"] is None


async def test_what_is_inside_is_what_kind_says(api: Api) -> None:
    kinds = set()
    for q in ("tarkovsky", "comedy", "reel", "actor"):
        for item in await found(api, q):
            kinds.add(item["kind"])
            assert [kind for kind in ("film", "person", "genre") if item[kind] is not None] == [item["kind"]]
    assert kinds == {"film", "person", "genre"}


async def test_kind_narrows(api: Api) -> None:
    assert {item["kind"] for item in await found(api, "comedy", kind="genre")} == {"genre"}
    assert {item["kind"] for item in await found(api, "tarkovsky", kind=["person", "genre"])} == {"person"}
    await api.problem("/search?q=x&kind=actor", "kind")


async def test_filters_facets_and_total(api: Api) -> None:
    page = (await api.get("/search?q=reel&kind=film&page_size=100")).json()
    assert (page["total"], page["total_is_exact"], len(page["items"])) == (130, True, 100)
    comedy = next(facet for facet in page["facets"]["genres"] if facet["label"] == "Comedy")
    narrowed = (await api.get(f"/search?q=reel&kind=film&genre={comedy['value']}")).json()
    assert narrowed["total"] == comedy["count"] == sum("Comedy" in f.genres and "Reel" in f.title for f in FILMS)
    assert next(f for f in narrowed["facets"]["genres"] if f["label"] == "Drama")["count"] > 0, "not filtered by itself"
    years = (await api.get("/search?q=reel&kind=film&year_from=1960&year_to=1969")).json()
    assert all(1960 <= item["film"]["year"] <= 1969 for item in years["items"])


async def test_pages_and_cursors_agree(api: Api) -> None:
    by_page: list[str] = []
    response = await api.get("/search?q=reel&page_size=25")
    while True:
        by_page += [item[item["kind"]]["id"] for item in response.json()["items"]]
        if "next" not in links(response):
            break
        response = await api.get(links(response)["next"])
    page = (await api.get("/search?q=reel&page_size=25")).json()
    by_cursor = [item[item["kind"]]["id"] for item in page["items"]]
    while page["cursor"]:
        page = (await api.get(f"/search?q=reel&page_size=25&cursor={page['cursor']}")).json()
        by_cursor += [item[item["kind"]]["id"] for item in page["items"]]
    assert by_page == by_cursor
    assert len(by_page) == len(set(by_page)) == 130
    await api.problem(f"/search?q=other&cursor={(await api.get('/search?q=reel')).json()['cursor']}", "cursor")


async def test_highlights_are_escaped(api: Api) -> None:
    highlight = (await found(api, "tom jerry"))[0]["highlight"]["title"]
    assert "<mark>Tom</mark>" in highlight
    assert "<b>" not in highlight
    assert "&lt;b&gt;" in highlight
    assert "&amp;" in highlight


async def test_did_you_mean(api: Api) -> None:
    page = (await api.get("/search?q=solariz")).json()
    assert page["items"][0]["film"]["title"] == "Solaris"
    assert page["did_you_mean"]
    assert (await api.get("/search?q=solaris")).json()["did_you_mean"] is None


@pytest.mark.parametrize(
    "q", ["???", "AND OR NOT", '"', "title:*", "a' OR 1=1 --", "\\", "🎬", "+-&|!(){}[]^~*?:/", "zxqvwk"]
)
async def test_text_has_no_syntax(api: Api, q: str) -> None:
    page = (await api.get("/search", params={"q": q})).json()
    assert page["total"] < 100, "not everything"
    await api.get("/search/suggest", params={"q": q})


async def test_suggestions(api: Api) -> None:
    items = (await api.get("/search/suggest?q=so")).json()["items"]
    assert {item["text"] for item in items} >= {"Solaris"}
    assert len((await api.get("/search/suggest?q=r")).json()["items"]) <= 10
    person = (await api.get("/search/suggest?q=tarkov")).json()["items"][0]
    assert person == {
        "kind": "person",
        "id": str(id_of("person", "Andrei Tarkovsky")),
        "text": "Andrei Tarkovsky",
        "year": None,
    }


@pytest.mark.parametrize("path", ["/search", "/search/suggest"])
async def test_q_is_needed_and_must_show_something(api: Api, path: str) -> None:
    await api.problem(path, "q")
    for blank in ("", "%20", "%E2%80%8B", "%E2%80%8F%E2%80%AE", "+%09"):
        await api.problem(f"{path}?q={blank}", "q")
