"""The OpenAPI document and the pages that show it."""

import re
from typing import Any

import pytest
from applications import Own
from checked_api import Api
from jsonschema_rs import Draft202012Validator, ValidationError, meta
from small_catalogue import STALKER

EXPECTED = {
    "/films",
    "/films/top",
    "/films/random",
    "/films/{id}",
    "/films/{id}/similar",
    "/films/by/{source}/{value}",
    "/films/export",
    "/persons",
    "/persons/{id}",
    "/persons/{id}/films",
    "/genres",
    "/genres/{id}",
    "/genres/{id}/films",
    "/search",
    "/search/suggest",
}


def operations(document: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    return [(path, operation) for path, item in document["paths"].items() for operation in item.values()]


async def test_every_address_of_the_design_is_documented(api: Api) -> None:
    assert {f"/api/v1{path}" for path in EXPECTED} <= set(api.document["paths"])


async def test_operation_ids_are_unique_and_everything_is_described(api: Api) -> None:
    ids = [operation["operationId"] for _, operation in operations(api.document)]
    assert len(set(ids)) == len(ids)
    tags = {tag["name"] for tag in api.document["tags"]}
    for path, operation in operations(api.document):
        assert operation["summary"], path
        assert set(operation["tags"]) <= tags, path
        assert {"200", "201", "202", "204"} & set(operation["responses"]), path
        assert "500" in operation["responses"], path
        for parameter in operation["parameters"]:
            assert "description" in parameter or parameter["in"] == "path", (path, parameter["name"])
        assert set(re.findall(r"\{(\w+)\}", path)) == {
            parameter["name"] for parameter in operation["parameters"] if parameter["in"] == "path"
        }


async def test_limits_are_documented(api: Api) -> None:
    films = {p["name"]: p for p in api.document["paths"]["/api/v1/films"]["get"]["parameters"]}
    assert films["page_size"]["schema"]["enum"] == [20, 50, 100]
    assert films["page_size"]["schema"]["default"] == 50
    assert films["rating_from"]["schema"] == {"type": "number", "minimum": 1, "maximum": 10}
    assert (films["genre"]["explode"], films["ids"]["explode"]) == (True, False)
    assert films["ids"]["schema"]["maxItems"] == 100


async def test_schemas_are_valid_and_examples_fit_them(api: Api) -> None:
    components = {"components": api.document["components"]}
    for schema in api.document["components"]["schemas"].values():
        meta.validate(schema)
        Draft202012Validator(schema | components)  # refused when it refers to what is not there
    checked = 0
    for _, operation in operations(api.document):
        for response in operation["responses"].values():
            for content in api._resolve(response).get("content", {}).values():
                if "example" in content:
                    api.validate(content["schema"], content["example"])
                    checked += 1
    assert checked > 20


async def test_an_answer_that_is_not_as_documented_is_seen(api: Api) -> None:
    genre = (await api.get("/genres")).json()["items"][0]
    schema = {"$ref": "#/components/schemas/Genre"}
    api.validate(schema, genre)
    for wrong in (genre | {"undocumented": 1}, genre | {"id": "no id"}, {"id": genre["id"]}):
        with pytest.raises(ValidationError):
            api.validate(schema, wrong)


async def test_nullability_is_exact(api: Api) -> None:
    film = api.document["components"]["schemas"]["Film"]
    assert set(film["required"]) == set(film["properties"])
    nullable = {name for name, schema in film["properties"].items() if {"type": "null"} in schema.get("anyOf", [])}
    assert nullable == {"original_title", "description", "minutes", "rating", "weighted_rating"}


async def test_every_answer_in_json_has_an_example(api: Api) -> None:
    for path, operation in operations(api.document):
        answered = next(
            what for status, what in operation["responses"].items() if status in ("200", "201", "202", "204")
        )
        content = api._resolve(answered).get("content", {})
        assert "application/json" not in content or "example" in content["application/json"], path


async def test_problems_are_named_as_the_document_says(cut_off: Own) -> None:
    """Types are there to be compared."""
    api = cut_off.api
    made = {
        "404": await api.client.get("/api/v1/nothing"),
        "405": await api.client.post("/api/v1/films/top"),
        "406": await api.client.get("/api/v1/films", headers={"Accept": "text/html"}),
        "422": await api.client.get("/api/v1/films?page=0"),
        "503": await api.client.get("/api/v1/films/export", headers={"Authorization": "Bearer some.token.here"}),
    }
    for status, response in made.items():
        assert str(response.status_code) == status
        documented = api.document["components"]["responses"][status]["content"]["application/problem+json"]["example"]
        answered = response.json()
        assert (answered["type"], answered["title"]) == (documented["type"], documented["title"])


async def test_a_fault_of_the_server_is_named_as_the_document_says(own: Own) -> None:
    async with own.services.database.transaction() as connection:
        await connection.exec_driver_sql("ALTER TABLE film RENAME TO picture")
    await own.services.tokens.hold(["film"])
    answered = (await own.api.get(f"/films/{STALKER.id}", 500)).json()
    documented = own.api.document["components"]["responses"]["500"]["content"]["application/problem+json"]["example"]
    assert (answered["type"], answered["title"]) == (documented["type"], documented["title"])


async def test_schemas_say_types_formats_and_what_may_be_missing(api: Api) -> None:
    schemas = api.document["components"]["schemas"]
    bodies = [operation["requestBody"] for _, operation in operations(api.document) if "requestBody" in operation]
    taken: set[str] = set()
    found = {named(one["$ref"]) for one in walk(bodies) if "$ref" in one}
    while found - taken:
        taken |= found
        found = {named(one["$ref"]) for one in walk([schemas[name] for name in taken]) if "$ref" in one}
    for name, schema in schemas.items():
        is_answer = name not in taken
        assert not is_answer or set(schema["required"]) == set(schema["properties"]) or name == "Fault", name
    assert schemas["Fault"]["properties"]["pointer"] == {"type": "string"}
    film = schemas["Film"]["properties"]
    assert film["created_at"]["format"] == film["updated_at"]["format"] == "date-time"
    assert film["votes"]["minimum"] == 0
    for name in ("rating", "weighted_rating", "prior", "votes"):
        assert film[name]["description"], name
    for schema in walk(schemas):
        if isinstance(schema.get("enum"), list):
            assert schema["type"] == "string", schema


def named(reference: str) -> str:
    return reference.rpartition("/")[2]


def walk(value: Any) -> list[dict[str, Any]]:
    """Every object in it."""
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [*([value] if isinstance(value, dict) else []), *(found for one in inner for found in walk(one))]


async def test_headers_are_documented(api: Api) -> None:
    paths = api.document["paths"]
    assert "Cache-Control" in paths["/api/v1/films/random"]["get"]["responses"]["200"]["headers"]
    assert {"Vary", "Content-Encoding"} <= set(paths["/api/v1/films/export"]["get"]["responses"]["200"]["headers"])
    assert "Cache-Control" in paths["/api/v1/films"]["get"]["responses"]["304"]["headers"]
    assert "Allow" in api.document["components"]["responses"]["405"]["headers"]
    assert "`" in api.document["components"]["headers"]["ETag"]["description"]


async def test_docs_need_nothing_from_elsewhere(own: Own) -> None:
    client = own.api.client
    page = await client.get("/docs", headers={"Accept": "text/html"})
    assert page.status_code == 200
    assert "script-src 'self'" in page.headers["content-security-policy"]
    loaded = re.findall(r'(?:src|href)="([^"]+)"', page.text)
    assert len(loaded) == 5
    for target in loaded:
        assert target.startswith("/docs/")
        file = await client.get(target)
        assert file.status_code == 200
        assert file.content
    assert "<script>" not in page.text
    assert "://" not in page.text
    assert (await client.get("/docs/../app.py")).status_code == 404
    assert (await client.get("/docs/LICENSE2")).status_code == 422


async def test_the_first_page_points_to_the_docs(own: Own) -> None:
    page = await own.api.client.get("/", headers={"Accept": "text/html,*/*;q=0.8"})
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    for target in re.findall(r'href="([^"]+)"', page.text):
        assert (await own.api.client.get(target)).status_code in (200, 503), target


@pytest.mark.parametrize("path", ["/health/live", "/health/ready", "/metrics"])
async def test_operations_are_as_documented(api: Api, path: str) -> None:
    response = await api.send("GET", path)
    assert response.status_code in (200, 503)
    assert response.headers["cache-control"] == "no-store"
    assert "etag" not in response.headers
