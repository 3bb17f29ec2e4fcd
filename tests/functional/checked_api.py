"""A client that believes no answer: each is compared with the OpenAPI document that the server itself serves."""

import json
import re
from functools import lru_cache
from typing import Any

import httpx
from jsonschema_rs import Draft202012Validator

_BOUND = {"200": ("ETag", "X-Request-ID"), "304": ("ETag", "X-Request-ID"), "503": ("Retry-After",)}
_BOUND |= {"201": ("Location",), "401": ("WWW-Authenticate",), "429": ("Retry-After", "RateLimit", "RateLimit-Policy")}


class Api:
    def __init__(self, client: httpx.AsyncClient, served: bytes) -> None:
        """`served`: the document as it came."""
        self.client = client
        self.served = served
        self.document = _read(served)

    async def get(self, path: str, status: int = 200, **options: Any) -> httpx.Response:
        """`path` under /api/v1 unless it begins there already; the answer must be `status` and as documented."""
        return await self.send("GET", path, status, **options)

    async def send(self, method: str, path: str, status: int | None = None, **options: Any) -> httpx.Response:
        url = path if path.startswith(("/api", "/health", "/metrics", "/.well-known")) else f"/api/v1{path}"
        response = await self.client.request(method, url, **options)
        if status is not None:
            assert response.status_code == status, f"{url} {options} {response.status_code} {response.text[:500]}"
        self.check(response)
        return response

    async def problem(self, path: str, *parameters: str, status: int = 422, **options: Any) -> dict[str, Any]:
        """A refusal that names those parameters."""
        response = await self.get(path, status, **options)
        problem: dict[str, Any] = response.json()
        named = {fault.get("parameter") for fault in problem["errors"]}
        assert named >= set(parameters), problem
        return problem

    def check(self, response: httpx.Response) -> None:
        path = response.request.url.raw_path.partition(b"?")[0].decode()
        operation = self._operation(response.request.method.replace("HEAD", "GET").lower(), path)
        if operation is None:
            assert response.status_code in (404, 405), response.text
            return
        documented = operation["responses"]
        assert str(response.status_code) in documented, f"{response.status_code} is not documented: {response.text}"
        shape = self._resolve(documented[str(response.status_code)])
        self._check_headers(response, shape)
        if "content" not in shape:
            assert response.content == b""
        elif response.request.method != "HEAD" and response.status_code != 304:
            self._check_body(response, shape)

    def _check_headers(self, response: httpx.Response, shape: dict[str, Any]) -> None:
        assert response.headers["x-content-type-options"] == "nosniff"
        for name in _BOUND.get(str(response.status_code), ("X-Request-ID",)):
            if name in shape.get("headers", {}):
                assert response.headers[name], name
        for name in ("Link", "ETag", "Location"):
            assert name not in response.headers or name in shape.get("headers", {}), f"{name} is not documented"

    def _check_body(self, response: httpx.Response, shape: dict[str, Any]) -> None:
        content_type = response.headers["content-type"]
        media_type = content_type.partition(";")[0]
        content = {name.partition(";")[0]: what for name, what in shape["content"].items()}
        assert media_type in content, f"{content_type} is not documented"
        if media_type.endswith(("/json", "+json")):
            self.validate(content[media_type]["schema"], response.json())

    def validate(self, schema: dict[str, Any], value: object) -> None:
        _validator(self.served, json.dumps(schema)).validate(value)

    def _operation(self, method: str, path: str) -> dict[str, Any] | None:
        for template, pattern in _patterns(self.served):
            if pattern.fullmatch(path.rstrip("/")):
                operation: dict[str, Any] | None = self.document["paths"][template].get(method)
                return operation
        return None

    def _resolve(self, value: dict[str, Any]) -> dict[str, Any]:
        while "$ref" in value:
            steps = value["$ref"].removeprefix("#/").split("/")
            value = self.document
            for step in steps:
                value = value[step]
        return value


@lru_cache(maxsize=8)
def _read(served: bytes) -> dict[str, Any]:
    """The document, which all sites that serve the same share; not to be changed."""
    document: dict[str, Any] = json.loads(served)
    return document


@lru_cache(maxsize=8)
def _patterns(served: bytes) -> list[tuple[str, re.Pattern[str]]]:
    """Path templates, the plainest first, and what fits them."""
    templates = sorted(_read(served)["paths"], key=lambda one: one.count("{"))
    return [(one, re.compile(re.sub(r"\{\w+\}", "[^/]+", one))) for one in templates]


@lru_cache(maxsize=256)
def _validator(served: bytes, schema: str) -> Draft202012Validator:
    """Of a schema of that document; made once, since making one takes longer than anything that is done with it."""
    wanted = json.loads(schema)
    root = {"$ref": wanted["$ref"], "components": _strict(served)} if "$ref" in wanted else wanted
    return Draft202012Validator(root, validate_formats=True)


@lru_cache(maxsize=8)
def _strict(served: bytes) -> dict[str, Any]:
    """The document's components with nothing allowed that is not documented."""
    components: dict[str, Any] = json.loads(served)["components"]
    for schema in components["schemas"].values():
        if "properties" in schema:
            schema["additionalProperties"] = False
    return components
