"""Addresses of one film, person or genre."""

from functools import partial
from typing import Annotated, Any, Literal

from pydantic import Field

from kinoteka.cache.rate_limits import Limit
from kinoteka.catalogue import examples
from kinoteka.catalogue.documents import Kind
from kinoteka.catalogue.export_route import export_route
from kinoteka.catalogue.schemas import Film, Genre, Person
from kinoteka.catalogue.service import Body, Reader, get_body, get_film_by_external_id
from kinoteka.web.answer import Answer
from kinoteka.web.decode import Call
from kinoteka.web.guard import Access
from kinoteka.web.parameters import Id, Parameters
from kinoteka.web.response_cache import Depends
from kinoteka.web.route import Route, Shape


class IdPath(Parameters):
    id: Id


class ExternalPath(Parameters):
    source: Annotated[Literal["imdb", "tmdb"], Field(description="Whose id it is.")]
    value: Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]{1,64}$", description="The id there, such as tt0027977.")]


def catalogue_routes(reader: Reader, exports: Limit) -> list[Route]:
    """`exports`: how often one address may take all films out."""
    return [
        _by_id(reader, "film", Film, examples.FILM),
        _by_id(reader, "person", Person, examples.PERSON),
        _by_id(reader, "genre", Genre, examples.GENRE),
        _by_external_id(reader),
        export_route(reader.database, exports),
    ]


def _by_id(reader: Reader, kind: Kind, shape: Any, example: object) -> Route:
    return Route(
        method="GET",
        path=f"/api/v1/{kind}s/{{id}}",
        access=Access.CATALOGUE,
        operation_id=f"get{kind.title()}",
        summary=f"One {kind}",
        description="Right at once after a write, also while the search index lags behind.",
        tag=f"{kind.title()}s",
        path_model=IdPath,
        handler=partial(_get, reader, kind),
        depends=partial(_depends, kind),
        answers={200: Shape(f"The {kind}", shape, example=example)},
        problems=(404, 503, *((308,) if kind == "person" else ())),
        parameter_examples={"id": str(example.id)},  # type: ignore[attr-defined] # every example has one
    )


def _by_external_id(reader: Reader) -> Route:
    return Route(
        method="GET",
        path="/api/v1/films/by/{source}/{value}",
        access=Access.CATALOGUE,
        operation_id="getFilmByExternalId",
        summary="One film by its id in another catalogue",
        tag="Films",
        path_model=ExternalPath,
        handler=partial(_get_external, reader),
        depends=_depends_on_films,
        answers={200: Shape("The film", Film, example=examples.FILM)},
        problems=(404, 503),
        parameter_examples={"source": "imdb", "value": "tt0027977"},
    )


async def _get(reader: Reader, kind: Kind, call: Call[Any]) -> Answer:
    return _answer(await get_body(reader, kind, call.path["id"]))


async def _get_external(reader: Reader, call: Call[Any]) -> Answer:
    return _answer(await get_film_by_external_id(reader, call.path["source"], call.path["value"]))


def _answer(body: Body) -> Answer:
    return Answer(body.data, body.version)


def _depends(kind: Kind, call: Call[Any]) -> Depends:
    document = f"{kind}:{call.path['id']}"
    return Depends((document,), pending=(document, kind))


def _depends_on_films(_: Call[Any]) -> Depends:
    return Depends(("film",), pending=("film",))
