"""Every parameter of every address, with everything that people and programs put into URLs by mistake or on purpose.

The answer is a 4xx problem that names the parameter, or a right result; never a fault of the server.
"""

import itertools
from typing import Any
from urllib.parse import quote

import pytest
from checked_api import Api
from small_catalogue import STALKER, id_of

VALUES: dict[str, str] = {
    "empty": "",
    "blank": "%20%20",
    "word": "abc",
    "negative": "-1",
    "zero": "0",
    "huge number": "9" * 400,
    "2^63": str(2**63),
    "fraction": "1.5",
    "exponent": "1e3",
    "not a number": "NaN",
    "infinity": "Infinity",
    "underscored": "1_000",
    "other digits": quote("١٢"),
    "plus": "%2B5",
    "hexadecimal": "0x10",
    "10,000 characters": "a" * 10_000,
    "10,000 letters, not ASCII": quote("ї") * 10_000,
    "NUL": "a%00b",
    "control": "a%1Bb",
    "lone surrogate": "%ED%A0%80",
    "invalid UTF-8": "%FF%FE",
    "overlong UTF-8": "%C0%AF",
    "invalid escape": "%ZZ",
    "cut escape": "abc%2",
    "bidi": quote("\u202egnp.exe\u202c"),
    "zero width": quote("\u200b\u200d\ufeff"),
    "combining": quote("Z" + "\u0353" * 200),
    "SQL": quote("' OR 1=1; DROP TABLE film; --"),
    "SQL union": quote("1) UNION SELECT * FROM film --"),
    "query syntax": quote('title:(a AND b*) OR "x"~2^3 [1 TO *] /re.*/'),
    "query nesting": quote("(" * 300 + ")" * 300),
    "markup": quote("<script>alert(1)</script>"),
    "path": quote("../../etc/passwd", safe=""),
    "template": quote("{{7*7}}${7*7}"),
    "line breaks": "a%0D%0ASet-Cookie:%20x=1",
    "JSON": quote('{"$gt": ""}'),
    "boolean": "true",
    "null": "null",
    "emoji": quote("🎬👨‍👩‍👧‍👦"),
    "uuid": str(id_of("film", "nobody")),
    "uuid in braces": quote("{" + str(STALKER.id) + "}"),
    "separators": "%26%3D%3B%2C",
    "cursor-like": "gqFhAaFiAg",
}
UNREADABLE = {"NUL", "control", "lone surrogate", "invalid UTF-8", "overlong UTF-8", "invalid escape", "cut escape"}
NEEDED = {"/api/v1/search": "q=reel", "/api/v1/search/suggest": "q=reel"}
ROUTES = [
    "/films",
    "/films/top",
    "/films/random",
    "/films/export",
    "/films/{id}",
    "/films/{id}/similar",
    "/films/by/{source}/{value}",
    "/persons",
    "/persons/{id}",
    "/persons/{id}/films",
    "/genres",
    "/genres/{id}",
    "/genres/{id}/films",
    "/search",
    "/search/suggest",
]
GOOD = {"id": str(STALKER.id), "source": "imdb", "value": "tt0079944"}


def parameters(api: Api, route: str, place: str) -> list[dict[str, Any]]:
    operation = api.document["paths"][f"/api/v1{route}"]["get"]
    return [parameter for parameter in operation["parameters"] if parameter["in"] == place]


def address(api: Api, route: str, query: str, **path: str) -> str:
    filled = route.format(**{**_things(route), **path})
    given = {part.partition("=")[0] for part in query.split("&")}
    needed = [f"{p['name']}=reel" for p in parameters(api, route, "query") if p["required"] and p["name"] not in given]
    return f"{filled}?{'&'.join([*needed, query] if query else needed)}"


def _things(route: str) -> dict[str, str]:
    kind = route.split("/")[1].removesuffix("s")
    name = {"film": "Stalker 1979", "person": "Andrei Tarkovsky", "genre": "Drama"}.get(kind, "")
    return {**GOOD, "id": str(id_of(kind, name))}


async def check(api: Api, url: str, parameter: str, kind: str) -> None:
    response = await api.send("GET", url)
    assert response.status_code in (200, 404, 422), (url[:300], response.text[:300])
    if response.status_code == 422:
        named = [fault["parameter"] for fault in response.json()["errors"]]
        assert parameter in named, (kind, response.text[:500])
    assert len(response.text) < 200_000
    assert "Traceback" not in response.text
    if kind in UNREADABLE or kind == "empty":
        assert response.status_code == 422, (kind, url[:200])
    if kind.startswith("10,000"):
        assert response.status_code == 422, url[:100]


@pytest.mark.parametrize("route", ROUTES)
async def test_every_value_in_every_query_parameter(api: Api, route: str) -> None:
    for parameter, (kind, value) in itertools.product(parameters(api, route, "query"), VALUES.items()):
        await check(api, address(api, route, f"{parameter['name']}={value}"), parameter["name"], kind)


@pytest.mark.parametrize("route", [route for route in ROUTES if "{" in route])
async def test_every_value_in_every_path_parameter(api: Api, route: str) -> None:
    for parameter, (kind, value) in itertools.product(parameters(api, route, "path"), VALUES.items()):
        if value and "%2F" not in value:  # an empty one or one with a slash is another address
            response = await api.client.get(f"/api/v1{address(api, route, '', **{parameter['name']: value})}")
            assert response.status_code in (404, 422), (kind, response.status_code)
            if kind not in UNREADABLE:
                api.check(response)


@pytest.mark.parametrize("route", ROUTES)
async def test_unknown_repeated_and_valueless(api: Api, route: str) -> None:
    known = parameters(api, route, "query")
    await api.problem(address(api, route, "nonsense=1"), "nonsense")
    await api.problem(address(api, route, f"{'x' * 10_000}=1"))
    await api.problem(address(api, route, "%FF=1"))
    await api.problem(address(api, route, "=1"), "")
    for parameter in known:
        name = parameter["name"]
        repeatable = parameter.get("explode") is True
        response = await api.send("GET", address(api, route, f"{name}=a&{name}=b"))
        assert response.status_code in ((200, 404, 422) if repeatable else (422,)), name
        if not repeatable:
            assert {"repeated"} == {f["code"] for f in response.json()["errors"] if f["parameter"] == name}
        await api.problem(address(api, route, name), name)
        await api.problem(address(api, route, f"{name.upper()}=1"), name.upper())


async def test_a_slip_is_met_with_a_suggestion(api: Api) -> None:
    for slip, meant in (("gener", "genre"), ("pagesize", "page_size"), ("yearfrom", "year_from"), ("Sort", "sort")):
        problem = await api.problem(f"/films?{slip}=1", slip)
        assert f"did you mean {meant}?" in problem["errors"][0]["detail"]


async def test_all_faults_at_once(api: Api) -> None:
    query = "page=0&page_size=7&sort=beauty&genre=&rating_from=11&year_from=2000&year_to=1990"
    query += "&person=1&role=cook&nope=1&minutes_to=x"
    problem = await api.problem(
        f"/films?{query}",
        *("page", "page_size", "sort", "genre", "rating_from", "year_from", "person", "role", "nope", "minutes_to"),
    )
    assert problem["detail"].startswith(f"{len(problem['errors'])} parameters")
    assert all(fault["code"] and fault["detail"] for fault in problem["errors"])
    assert "weighted_rating" in next(f["detail"] for f in problem["errors"] if f["parameter"] == "sort")


@pytest.mark.parametrize("name", ["rating", "year", "minutes"])
@pytest.mark.parametrize("path", ["/films", "/films/top", "/films/random", "/search?q=a"])
async def test_crossed_ranges(api: Api, path: str, name: str) -> None:
    low, high = {"rating": ("8", "7.5"), "year": ("2000", "1999"), "minutes": ("90", "89")}[name]
    glue = "&" if "?" in path else "?"
    await api.problem(f"{path}{glue}{name}_from={low}&{name}_to={high}", f"{name}_from")


async def test_role_needs_a_person(api: Api) -> None:
    await api.problem("/films?role=director", "role")


async def test_very_many_parameters(api: Api) -> None:
    problem = await api.problem("/films?" + "&".join(f"p{number}=1" for number in range(3000)))
    assert len(problem["errors"]) <= 50
    await api.problem("/films?" + "&".join("genre=a" for _ in range(2000)), "genre")
