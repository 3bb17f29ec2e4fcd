"""Declares routes. One declaration gives the address, the decoder, the answer's shape and the OpenAPI document."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Literal

from kinoteka.web.answer import JSON, Answer, Stream
from kinoteka.web.decode import Call
from kinoteka.web.parameters import Nothing, Parameters
from kinoteka.web.response_cache import Depends

Handler = Callable[[Call[Any]], Awaitable[Answer | Stream]]


class Access(Enum):
    """Who may call: said by every route, there is no default."""

    PUBLIC = "public"


@dataclass(frozen=True)
class Shape:
    """What a status answers: `body` is a type msgspec knows, or None for a body that is no JSON."""

    description: str
    body: Any = None
    media_types: tuple[str, ...] = (JSON.decode(),)
    example: object = None
    headers: Mapping[str, str] = field(default_factory=dict)
    """Name to what it means."""


@dataclass(frozen=True, kw_only=True)
class Route:
    """`path` in OpenAPI's notation. `depends` makes its answers kept in the response cache."""

    method: Literal["GET"]
    path: str
    access: Access
    operation_id: str
    summary: str
    tag: str
    handler: Handler
    answers: Mapping[int, Shape]
    description: str = ""
    path_model: type[Parameters] = Nothing
    query_model: type[Parameters] = Nothing
    depends: Callable[[Call[Any]], Depends] | None = None
    media_types: tuple[bytes, ...] = (JSON,)
    """What Accept is compared with; empty where the handler does it."""
    problems: tuple[int, ...] = ()
    """Statuses of problems beside those every route may answer."""
    documented: bool = True
    parameter_examples: Mapping[str, Any] = field(default_factory=dict)
