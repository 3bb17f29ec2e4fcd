"""Declares routes. One declaration gives the address, the decoder, the answer's shape and the OpenAPI document."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from kinoteka.cache.rate_limits import Limit
from kinoteka.errors import Fault
from kinoteka.web.answer import JSON, Answer, Stream
from kinoteka.web.body import LARGEST, MERGE_PATCH
from kinoteka.web.decode import Body, Call
from kinoteka.web.guard import Access, Guard
from kinoteka.web.parameters import Nothing, Parameters
from kinoteka.web.response_cache import Depends
from kinoteka.web.upload import Upload

Handler = Callable[[Call[Any]], Awaitable[Answer | Stream]]
Method = Literal["GET", "POST", "PUT", "PATCH", "DELETE"]


@dataclass(frozen=True)
class Shape:
    """What a status answers: `body` is a type msgspec knows, or None for a body that is no JSON."""

    description: str
    body: Any = None
    media_types: tuple[str, ...] = (JSON.decode(),)
    example: object = None
    headers: Mapping[str, str] = field(default_factory=dict)
    """Name to what it means."""


PATCH_TYPES = (JSON, MERGE_PATCH)


@dataclass(frozen=True, kw_only=True)
class Route:
    """`path` in OpenAPI's notation. `depends` makes its answers kept in the response cache."""

    method: Method
    path: str
    access: Guard
    operation_id: str
    summary: str
    tag: str
    handler: Handler
    answers: Mapping[int, Shape]
    description: str = ""
    path_model: type[Parameters] = Nothing
    query_model: type[Parameters] = Nothing
    header_model: type[Parameters] = Nothing
    """Headers that are parameters: `if_match` is If-Match."""
    keeps_deeds: bool = False
    """Its handler itself does once what has an Idempotency-Key, in the transaction that does it."""
    body_model: type[Body] | None = None
    """Of a JSON body; None where a route takes none."""
    body_context: object = None
    """What the validators of the body's model may look at."""
    body_example: object = None
    body_types: tuple[bytes, ...] = (JSON,)
    more_faults: Callable[[bytes], Awaitable[list[Fault]]] | None = None
    """What else is wrong with a body that is refused: faults that only the database knows."""
    largest_body: int = LARGEST
    upload: Upload | None = None
    """A body that is no JSON: the call's body is its `Incoming`, or all of it where an Idempotency-Key may come."""
    limit: Limit | None = None
    """How often one address may ask."""
    depends: Callable[[Call[Any]], Depends] | None = None
    media_types: tuple[bytes, ...] = (JSON,)
    """What Accept is compared with; empty where the handler does it."""
    problems: tuple[int, ...] = ()
    """Statuses of problems beside those every route may answer."""
    documented: bool = True
    parameter_examples: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.depends is not None and self.access not in (Access.PUBLIC, Access.CATALOGUE):
            raise ValueError(f"{self.operation_id}: an answer that is somebody's own is never kept")
