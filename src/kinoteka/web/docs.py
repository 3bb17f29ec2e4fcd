"""The documentation: the OpenAPI document, Swagger UI from packaged files, and a page at / that points to them."""

from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from importlib.resources import files
from typing import Annotated, Any, Literal

from pydantic import Field

from kinoteka.web.answer import Answer, answer_json
from kinoteka.web.decode import Call
from kinoteka.web.guard import Access
from kinoteka.web.parameters import Parameters
from kinoteka.web.response_cache import Depends
from kinoteka.web.route import Handler, Route, Shape
from kinoteka.web.security import OWN_FILES

_HTML = b"text/html; charset=utf-8"
_TYPES = {"css": b"text/css; charset=utf-8", "js": b"text/javascript; charset=utf-8", "png": b"image/png"}
_FILES = files("kinoteka.web") / "swagger"


class FilePath(Parameters):
    file: Annotated[
        Literal[
            "swagger-ui.css",
            "swagger-ui-bundle.js",
            "swagger-ui-standalone-preset.js",
            "favicon-32x32.png",
            "start.js",
            "start.css",
        ],
        Field(),
    ]


def docs_routes(document: Mapping[str, Any]) -> list[Route]:
    body = answer_json(document)
    return [
        _route("/openapi.json", "getDocument", _fixed(body)),
        _route("/docs", "getDocs", _fixed(_page("docs.html")), media_types=()),
        _route("/docs/{file}", "getDocsFile", _file, path_model=FilePath, media_types=()),
        _route("/", "getStart", _fixed(_page("start.html")), media_types=()),
    ]


def _route(path: str, operation_id: str, handler: Handler, **more: Any) -> Route:
    return Route(
        method="GET",
        path=path,
        access=Access.PUBLIC,
        operation_id=operation_id,
        summary="Documentation",
        tag="Documentation",
        handler=handler,
        depends=partial(_depends_on_nothing),
        answers={200: Shape("It")},
        documented=False,
        **more,
    )


def _depends_on_nothing(_: Call[Any]) -> Depends:
    return Depends(())


def _fixed(answer: Answer) -> Callable[[Call[Any]], Awaitable[Answer]]:
    async def handle(_: Call[Any]) -> Answer:
        return answer

    return handle


def _page(name: str) -> Answer:
    return Answer((_FILES / name).read_bytes(), media_type=_HTML, policy=OWN_FILES)


async def _file(call: Call[Any]) -> Answer:
    name: str = call.path["file"]
    return Answer((_FILES / name).read_bytes(), media_type=_TYPES[name.rsplit(".", 1)[-1]])
