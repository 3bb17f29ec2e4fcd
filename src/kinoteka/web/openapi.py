"""The OpenAPI 3.1 document, from the same declarations that answer requests."""

from collections.abc import Iterable, Mapping
from functools import cache
from http import HTTPStatus
from typing import Any

from msgspec import to_builtins
from msgspec.json import schema_components

from kinoteka.errors import Fault
from kinoteka.web.decode import Body, Field, fields_of, header_name
from kinoteka.web.guard import Access, OneselfOr, Permission
from kinoteka.web.problems import PROBLEM_JSON, Problem, name_problem
from kinoteka.web.route import Route, Shape

_REF = "#/components/schemas/{name}"
_OF_EVERY_ROUTE = ("405", "406", "422", "500")

_HEADERS = {
    "X-Request-ID": "Names this request in the server's log: the client's own, when it sent a sane one.",
    "ETag": 'Strong: `"<row version>.<digest>[-gzip|-zstd]"`, the same from every process.',
    "Cache-Control": "How long the answer may be kept. Problems: `no-store`.",
    "Vary": "Accept-Encoding: compressed by zstd or gzip from 1 KB.",
    "Cache-Status": "Only on an answer that stands in while a dependency is down: how long ago it was last right.",
    "Allow": "The methods that this address takes.",
    "Retry-After": "Seconds to wait before trying again.",
    "Location": "Where the new thing is.",
    "WWW-Authenticate": "Bearer (RFC 6750).",
    "RateLimit": "What is left, and when it is whole again (IETF draft-ietf-httpapi-ratelimit-headers-11).",
    "RateLimit-Policy": "How many requests are allowed, and in how many seconds.",
    "Accept": "The content type that this address takes.",
}
_EXAMPLE_TRACE = "5f0c2b7d9a310000000001"


def build_document(
    routes: Iterable[Route], info: Mapping[str, Any], tags: Mapping[str, str], private_catalogue: bool = False
) -> dict[str, Any]:
    """`tags`: name to description, in the order they are shown."""
    shown = [route for route in routes if route.documented]
    bodies = [shape.body for route in shown for shape in route.answers.values() if shape.body is not None]
    schemas, components = _schemas((*bodies, Problem))
    refs = dict(zip(map(id, bodies), schemas, strict=False))
    paths: dict[str, Any] = {}
    for route in shown:
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(route, refs, private_catalogue)
    return {
        "openapi": "3.1.0",
        "info": dict(info),
        "servers": [{"url": "/", "description": "This server"}],
        "tags": [{"name": name, "description": text} for name, text in tags.items()],
        "paths": paths,
        "components": {
            "schemas": {name: _exact(schema) for name, schema in components.items()} | _body_schemas(shown),
            "securitySchemes": {BEARER: _BEARER_SCHEME},
            "responses": {str(status): _problem(status) for status in sorted(_problem_statuses(shown))},
            "headers": {name: _header(text) for name, text in _HEADERS.items()},
        },
    }


@cache
def _schemas(shapes: tuple[Any, ...]) -> tuple[tuple[dict[str, Any], ...], dict[str, Any]]:
    """A reference to each, and what they refer to, by name; not to be changed."""
    return schema_components(shapes, ref_template=_REF)


BEARER = "bearer"
_BEARER_SCHEME = {
    "type": "http",
    "scheme": "bearer",
    "bearerFormat": "JWT",
    "description": "The `access_token` of `/api/v1/auth/login`; `/api/v1/auth/refresh` gives the next one.",
}

_OMITTING = {Fault.__name__} if Fault.__struct_config__.omit_defaults else set()
"""Schemas of objects that leave out what is null; all others always hold every property."""


def _exact(schema: dict[str, Any]) -> dict[str, Any]:
    """What the library's schemas leave open: enums have a type, and it is said whether a property may be missing."""
    schema = _typed(schema)
    if "properties" not in schema:
        return schema
    if schema["title"] in _OMITTING:
        return schema | {"properties": {name: _never_null(one) for name, one in schema["properties"].items()}}
    properties = {name: _without(one, "default") for name, one in schema["properties"].items()}
    return schema | {"properties": properties, "required": list(properties)}


def _typed(schema: Any) -> Any:
    if isinstance(schema, list):
        return [_typed(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    typed = {name: _typed(value) for name, value in schema.items()}
    if all(isinstance(one, str) for one in typed.get("enum", [None])):
        typed["type"] = "string"
    return typed


def _never_null(schema: dict[str, Any]) -> dict[str, Any]:
    given = [one for one in schema.get("anyOf", ()) if one.get("type") != "null"]
    return given[0] if given else schema


def _without(schema: dict[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in schema.items() if key != name}


def _problem_statuses(routes: Iterable[Route]) -> set[int]:
    return {int(status) for status in _OF_EVERY_ROUTE} | {401} | {one for route in routes for one in _problems(route)}


def _problems(route: Route) -> set[int]:
    """Beside those of every route."""
    found = set(route.problems)
    if route.access not in (Access.PUBLIC, Access.CATALOGUE):
        found |= {401, 503}
    if isinstance(route.access, Permission | OneselfOr):
        found.add(403)
    if route.body_model is not None or route.upload is not None:
        found |= {400, 413, 415}
    if route.upload is not None:
        found.add(408)
    if route.limit is not None:
        found.add(429)
    return found


def _operation(route: Route, refs: Mapping[int, Any], private_catalogue: bool) -> dict[str, Any]:
    needs_account = route.access is not Access.PUBLIC and (route.access is not Access.CATALOGUE or private_catalogue)
    operation: dict[str, Any] = {
        "operationId": route.operation_id,
        "summary": route.summary,
        "tags": [route.tag],
        "security": [{BEARER: []}] if needs_account else [],
        "parameters": [one for place in ("path", "query", "header") for one in _parameters(route, place)],
        "responses": _responses(route, refs, needs_account),
    }
    if route.body_model is not None:
        operation["requestBody"] = _request_body(route, route.body_model)
    if route.upload is not None:
        content = {"schema": route.upload.schema or {"type": "string", "format": "binary"}}
        operation["requestBody"] = {"required": True, "content": dict.fromkeys(route.upload.media_types, content)}
    if description := _description(route):
        operation["description"] = description
    if _has_etag(route):
        operation["parameters"].append(_IF_NONE_MATCH)
    return operation


def _description(route: Route) -> str:
    access = route.access
    needed = ""
    if isinstance(access, Permission):
        needed = f"Needs the permission `{access.name}`."
    elif isinstance(access, OneselfOr):
        needed = f"About oneself, or with the permission `{access.permission.name}`."
    return " ".join(filter(None, (route.description, needed)))


def _request_body(route: Route, model: type[Body]) -> dict[str, Any]:
    content: dict[str, Any] = {"schema": {"$ref": _REF.format(name=model.__name__)}}
    if route.body_example is not None:
        content["example"] = route.body_example
    return {"required": True, "content": {media_type.decode(): content for media_type in route.body_types}}


def _body_schemas(routes: Iterable[Route]) -> dict[str, Any]:
    models = {route.body_model for route in routes if route.body_model is not None}
    found: dict[str, Any] = {}
    for model in sorted(models, key=lambda one: one.__name__):
        schema = _model_schema(model)
        found |= schema.get("$defs", {}) | {model.__name__: _without(schema, "$defs")}
    return found


@cache
def _model_schema(model: type[Body]) -> dict[str, Any]:
    return model.model_json_schema(ref_template=_REF.replace("{name}", "{model}"))


_IF_NONE_MATCH = {
    "name": "If-None-Match",
    "in": "header",
    "required": False,
    "description": "ETags of copies at hand: 304 when one of them is still right.",
    "schema": {"type": "string"},
}


def _has_etag(route: Route) -> bool:
    return route.depends is not None


def _parameters(route: Route, place: str) -> Iterable[dict[str, Any]]:
    model = {"path": route.path_model, "query": route.query_model, "header": route.header_model}[place]
    for field in fields_of(model).values():
        yield _parameter(field, place, route.parameter_examples.get(field.name))


def _parameter(field: Field, place: str, example: Any) -> dict[str, Any]:
    parameter: dict[str, Any] = {
        "name": header_name(field.name) if place == "header" else field.name,
        "in": place,
        "required": place == "path" or field.info.is_required(),
        "schema": _parameter_schema(field),
    }
    if field.info.description:
        parameter["description"] = field.info.description
    if example is not None:
        parameter["example"] = example
    if parameter["schema"].get("type") == "array":
        parameter |= {"style": "form", "explode": field.repeatable}
    return parameter


def _parameter_schema(field: Field) -> dict[str, Any]:
    schema = field.schema
    if "anyOf" in schema:  # null means: not given, which a URL says by leaving it out
        schema = next(one for one in schema["anyOf"] if one.get("type") != "null")
    if not field.info.is_required() and field.info.default not in (None, ()) and not field.default_unsaid:
        default = field.info.default
        schema = {**schema, "default": list(default) if isinstance(default, tuple) else default}
    return schema | ({"minItems": 1} if schema.get("type") == "array" else {})


def _responses(route: Route, refs: Mapping[int, Any], needs_account: bool) -> dict[str, Any]:
    answers = {str(status): _answer(route, status, shape, refs) for status, shape in route.answers.items()}
    if _has_etag(route):
        answers["304"] = {
            "description": "The copy at hand is still right.",
            "headers": _header_refs("ETag", "Vary", "Cache-Control"),
        }
    statuses = (
        {str(status) for status in _problems(route)} | set(_OF_EVERY_ROUTE) | ({"401"} if needs_account else set())
    )
    refused = {status: {"$ref": f"#/components/responses/{status}"} for status in sorted(statuses - answers.keys())}
    return answers | refused


def _answer(route: Route, status: int, shape: Shape, refs: Mapping[int, Any]) -> dict[str, Any]:
    names: tuple[str, ...] = ()
    if _has_etag(route) and status == HTTPStatus.OK:
        names = ("ETag", "Vary", "Cache-Control", "Cache-Status")
    elif route.access is not Access.PUBLIC:
        names = ("Cache-Control", *(("Location",) if status == HTTPStatus.CREATED else ()))
    if route.limit is not None:
        names = (*names, "RateLimit", "RateLimit-Policy")
    own = {name: _header(text) for name, text in shape.headers.items()}
    content = {media_type: _content(shape, refs) for media_type in shape.media_types}
    return {
        "description": shape.description,
        "headers": {**_header_refs(*names), **own},
        **({"content": content} if content else {}),
    }


def _content(shape: Shape, refs: Mapping[int, Any]) -> dict[str, Any]:
    content: dict[str, Any] = {"schema": refs[id(shape.body)] if shape.body is not None else {"type": "string"}}
    if shape.example is not None:
        content["example"] = to_builtins(shape.example)
    return content


_PROBLEM_HEADERS: dict[int, tuple[str, ...]] = {
    HTTPStatus.PERMANENT_REDIRECT: ("Location",),
    HTTPStatus.SERVICE_UNAVAILABLE: ("Retry-After",),
    HTTPStatus.METHOD_NOT_ALLOWED: ("Allow",),
    HTTPStatus.UNAUTHORIZED: ("WWW-Authenticate",),
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE: ("Accept",),
    HTTPStatus.TOO_MANY_REQUESTS: ("Retry-After", "RateLimit", "RateLimit-Policy"),
}


def _problem(status: int) -> dict[str, Any]:
    return {
        "description": HTTPStatus(status).phrase,
        "headers": _header_refs("Cache-Control", *_PROBLEM_HEADERS.get(status, ())),
        "content": {
            PROBLEM_JSON: {"schema": {"$ref": _REF.format(name="Problem")}, "example": _problem_example(status)}
        },
    }


def _problem_example(status: int) -> Any:
    kind, title = name_problem(status)
    fault = Fault(code="unknown", detail="There is no such parameter; did you mean genre?", parameter="gnre")
    invalid = status == HTTPStatus.UNPROCESSABLE_ENTITY
    problem = Problem(
        type=kind,
        title=title,
        status=status,
        detail="One parameter is wrong." if invalid else "A sentence that says what to do.",
        instance="/api/v1/films",
        errors=[fault] if invalid else [],
        trace_id=_EXAMPLE_TRACE,
    )
    return to_builtins(problem)


def _header(text: str) -> dict[str, Any]:
    return {"description": text, "schema": {"type": "string"}}


def _header_refs(*names: str) -> dict[str, Any]:
    return {name: {"$ref": f"#/components/headers/{name}"} for name in ("X-Request-ID", *names)}
