"""Is the process alive, can it answer, and what does Prometheus read."""

from collections.abc import Awaitable, Callable
from typing import Any, Literal

from msgspec import Struct
from msgspec.json import encode
from prometheus_client import CONTENT_TYPE_LATEST

from kinoteka.web.answer import NO_STORE, Answer, answer_json
from kinoteka.web.decode import Call
from kinoteka.web.guard import Access
from kinoteka.web.metrics import Gauges
from kinoteka.web.process import Process
from kinoteka.web.route import Route, Shape

PROMETHEUS = CONTENT_TYPE_LATEST


class Check(Struct, frozen=True):
    """A dependency. `down`: nothing can be answered without it; `degraded`: answers go on, with what is there."""

    name: str
    state: Literal["up", "degraded", "down"]
    detail: str | None = None


class Alive(Struct, frozen=True):
    status: Literal["up"] = "up"


class Readiness(Struct, frozen=True):
    """`feed_age`: seconds that the oldest change has waited to be in the index; null when that cannot be asked."""

    status: Literal["up", "degraded", "down"]
    feed_age: float | None
    checks: list[Check]


_UP = Check("database", "up")
_READY = Readiness("up", 0.0, [_UP, Check("index", "up", "625 films, 3120 persons, 24 genres"), Check("feed", "up")])
_DOWN = Readiness("down", 0.4, [_UP, Check("index", "down", "The first index is being built.")])
_UNKEPT = {"Cache-Control": "no-store"}
_RETRY = {"Retry-After": "Seconds to wait before trying again."}

ReadinessOf = Callable[[], Awaitable[Readiness]]
GaugesOf = Callable[[], Awaitable[Gauges]]
Handler = Callable[[Call[Any]], Awaitable[Answer]]


def make_routes(readiness_of: ReadinessOf, gauges_of: GaugesOf, process: Process) -> list[Route]:
    async def live(_call: Call[Any]) -> Answer:
        return answer_json(Alive(), cache_control=NO_STORE)

    async def ready(_call: Call[Any]) -> Answer:
        readiness = await readiness_of()
        status = 503 if readiness.status == "down" else 200
        headers = ((b"retry-after", b"2"),) if status == 503 else ()
        return Answer(encode(readiness), headers=headers, status=status, cache_control=NO_STORE)

    async def prometheus(_call: Call[Any]) -> Answer:
        counted = await process.gather() if process.gather else None
        body = process.metrics.render(await gauges_of(), counted)
        return Answer(body, media_type=PROMETHEUS.encode(), cache_control=NO_STORE)

    return [_live_route(live), _ready_route(ready), _prometheus_route(prometheus)]


def _live_route(handler: Handler) -> Route:
    return Route(
        method="GET",
        path="/health/live",
        access=Access.PUBLIC,
        operation_id="getLiveness",
        summary="Is the process alive?",
        tag="Operations",
        handler=handler,
        answers={200: Shape("It is.", Alive, example=Alive(), headers=_UNKEPT)},
    )


def _ready_route(handler: Handler) -> Route:
    return Route(
        method="GET",
        path="/health/ready",
        access=Access.PUBLIC,
        operation_id="getReadiness",
        summary="Can it answer? Every dependency, and the age of the search feed",
        tag="Operations",
        handler=handler,
        answers={
            200: Shape(
                "It can; `degraded` when a part is missing or late.", Readiness, example=_READY, headers=_UNKEPT
            ),
            503: Shape("It cannot, or not yet.", Readiness, example=_DOWN, headers=_UNKEPT | _RETRY),
        },
    )


def _prometheus_route(handler: Handler) -> Route:
    return Route(
        method="GET",
        path="/metrics",
        access=Access.PUBLIC,
        operation_id="getMetrics",
        summary="Metrics for Prometheus",
        tag="Operations",
        handler=handler,
        answers={200: Shape("Prometheus' text format.", None, media_types=(PROMETHEUS,), headers=_UNKEPT)},
        media_types=(),
    )
