"""What the addresses of films, persons and genres have in common."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated, Any, Literal

from pydantic import Field

from kinoteka.accounts.permissions import CATALOGUE_WRITE
from kinoteka.catalogue import examples
from kinoteka.catalogue.documents import Kind
from kinoteka.catalogue.routes import IdPath
from kinoteka.catalogue.schemas import Film, Genre, Person
from kinoteka.web.conditional import Conditional
from kinoteka.web.idempotency import Keyed
from kinoteka.web.parameters import Parameters
from kinoteka.web.route import PATCH_TYPES, Route, Shape

_ETAG = {"ETag": "Of the new state, the same that a read gives."}
_SHAPES: dict[Kind, tuple[Any, Any]] = {
    "film": (Film, examples.FILM),
    "person": (Person, examples.PERSON),
    "genre": (Genre, examples.GENRE),
}
Flag = Literal["true", "false"]


class SameTitle(Parameters):
    allow_same_title: Annotated[Flag, Field(description="Another film may have this title: remakes exist.")] = "false"


class Forced(Parameters):
    force: Annotated[Flag, Field(description="Also when films refer to it, which then show it no more.")] = "false"


def shape(kind: Kind, description: str, headers: Mapping[str, str] = MappingProxyType({})) -> Shape:
    schema, example = _SHAPES[kind]
    return Shape(description, schema, example=example, headers={**_ETAG, **headers})


DELETED = Shape("Deleted", media_types=())


def create_route(kind: Kind, **more: Any) -> Route:
    return Route(
        method="POST",
        path=f"/api/v1/{kind}s",
        access=CATALOGUE_WRITE,
        keeps_deeds=True,
        operation_id=f"create{kind.title()}",
        tag=f"{kind.title()}s",
        header_model=Keyed,
        answers={201: shape(kind, f"The new {kind}")},
        **more,
    )


def patch_route(kind: Kind, **more: Any) -> Route:
    return one_route(
        kind,
        "change",
        "PATCH",
        summary=f"Change a {kind}",
        description="Merge patch (RFC 7396): what is left out stays, null takes away, a list replaces the whole list.",
        header_model=Conditional,
        body_types=PATCH_TYPES,
        answers={200: shape(kind, f"The {kind} as it is now")},
        problems=(412, 428, *more.pop("problems", ())),
        **more,
    )


def delete_route(kind: Kind, **more: Any) -> Route:
    return one_route(
        kind,
        "delete",
        "DELETE",
        summary=f"Delete a {kind}",
        header_model=Conditional,
        answers={204: DELETED},
        media_types=(),
        problems=(412, 428, *more.pop("problems", ())),
        **more,
    )


def restore_route(kind: Kind, **more: Any) -> Route:
    return one_route(
        kind,
        "restore",
        "POST",
        "/restore",
        summary=f"Restore a deleted {kind}",
        header_model=Keyed,
        answers={200: shape(kind, f"The {kind}")},
        problems=(409,),
        **more,
    )


def one_route(kind: Kind, verb: str, method: Any, address: str = "", **more: Any) -> Route:
    """`address`: below that of the one."""
    return Route(
        method=method,
        path=f"/api/v1/{kind}s/{{id}}{address}",
        access=CATALOGUE_WRITE,
        keeps_deeds=True,
        operation_id=f"{verb}{kind.title()}",
        tag=f"{kind.title()}s",
        path_model=IdPath,
        parameter_examples={"id": str(_SHAPES[kind][1].id)},
        problems=(404, *more.pop("problems", ())),
        **more,
    )
