"""Addresses of a person's photo."""

from typing import Annotated, Any

from pydantic import Field

from kinoteka.accounts.permissions import CATALOGUE_WRITE
from kinoteka.catalogue import examples
from kinoteka.catalogue.photos.names import photo_address
from kinoteka.catalogue.photos.service import Photos, delete_photo, get_image, get_name, put_photo
from kinoteka.catalogue.photos.verdict import BOXES, Size
from kinoteka.catalogue.schemas import Person
from kinoteka.errors import NotFoundError
from kinoteka.web.answer import IMMUTABLE, Answer
from kinoteka.web.conditional import Conditional, required_match
from kinoteka.web.decode import Call
from kinoteka.web.guard import Access
from kinoteka.web.parameters import Id, Parameters
from kinoteka.web.route import Route, Shape
from kinoteka.web.upload import Upload

PATH = "/api/v1/persons/{id}/photo"
MEDIA_TYPES = ("image/jpeg", "image/png", "image/webp")
_WEBP = b"image/webp"
_FITS = ", ".join(f"{size} {width} × {height}" for size, (width, height) in BOXES.items())
_EXAMPLES = {"id": str(examples.PERSON.id)}


class PhotoPath(Parameters):
    id: Id


class PhotoQuery(Parameters):
    size: Annotated[Size, Field(description=f"What it fits into, in pixels: {_FITS}.")] = "medium"
    v: Annotated[
        str | None,
        Field(pattern="^[0-9a-f]{40}$", description="Which photo, as a person's `photo` says; without it, the newest."),
    ] = None


def photo_routes(photos: Photos, most_bytes: int) -> list[Route]:
    return [_get(photos), _put(photos, most_bytes), _delete(photos)]


def _get(photos: Photos) -> Route:
    async def handle(call: Call[PhotoQuery]) -> Answer:
        person_id, size, wanted = call.path["id"], call.query.size, call.query.v
        name = await get_name(photos, person_id)
        if wanted is None:
            address = photo_address(person_id, size, name)
            return Answer(b"", headers=((b"location", address.encode()),), status=307)
        if wanted != name:
            raise NotFoundError("The person has another photo by now; their `photo` says which.")
        data = await get_image(photos, name, size)
        return Answer(data, media_type=_WEBP, cache_control=IMMUTABLE, is_packed=True)

    return Route(
        method="GET",
        path=PATH,
        access=Access.CATALOGUE,
        operation_id="getPersonPhoto",
        summary="A person's photo",
        description="Under the addresses that a person's `photo` holds it never changes, and may be kept for a year.",
        tag="Persons",
        path_model=PhotoPath,
        query_model=PhotoQuery,
        handler=handle,
        answers={
            200: Shape(
                "The photo, without metadata",
                media_types=("image/webp",),
                headers={"ETag": "Strong.", "Cache-Control": "A year, immutable."},
            ),
            307: Shape("Where it is", media_types=(), headers={"Location": "The address with `v`.", "ETag": "Strong."}),
        },
        media_types=(_WEBP,),
        problems=(308, 404, 503),
        parameter_examples=_EXAMPLES,
    )


def _put(photos: Photos, most_bytes: int) -> Route:
    async def handle(call: Call[Any]) -> Answer:
        return await put_photo(photos, call, required_match(call))

    shape = Shape(
        "The person, with the photo's addresses", Person, example=examples.PERSON, headers={"ETag": "The person's."}
    )
    return Route(
        method="PUT",
        path=PATH,
        access=CATALOGUE_WRITE,
        operation_id="putPersonPhoto",
        summary="Give a person a photo",
        description=(
            "The file itself is the body: JPEG, PNG or WebP, whatever it is called. It is turned upright, freed of its "
            f"metadata and kept as WebP in three sizes: {_FITS} at most, never enlarged. Animated, damaged and "
            "ambiguous files are refused. If-Match is the person's."
        ),
        tag="Persons",
        path_model=PhotoPath,
        header_model=Conditional,
        upload=Upload(MEDIA_TYPES, most_bytes),
        handler=handle,
        answers={200: shape, 201: shape},
        problems=(404, 412, 428, 503),
        parameter_examples=_EXAMPLES,
    )


def _delete(photos: Photos) -> Route:
    async def handle(call: Call[Any]) -> Answer:
        return await delete_photo(photos, call, required_match(call))

    return Route(
        method="DELETE",
        path=PATH,
        access=CATALOGUE_WRITE,
        operation_id="deletePersonPhoto",
        summary="Take a person's photo away",
        description="If-Match is the person's.",
        tag="Persons",
        path_model=PhotoPath,
        header_model=Conditional,
        handler=handle,
        answers={204: Shape("Done", media_types=())},
        media_types=(),
        problems=(404, 412, 428),
        parameter_examples=_EXAMPLES,
    )
