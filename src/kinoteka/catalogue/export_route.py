"""The address that streams all films."""

from functools import partial
from typing import Annotated, Literal

from pydantic import Field

from kinoteka.accounts.permissions import CATALOGUE_EXPORT
from kinoteka.cache.rate_limits import Limit
from kinoteka.catalogue import repository
from kinoteka.catalogue.exports import stream_csv, stream_jsonl
from kinoteka.database import Database
from kinoteka.errors import NotAcceptableError
from kinoteka.web.answer import Stream
from kinoteka.web.decode import Call
from kinoteka.web.negotiation import choose_media_type
from kinoteka.web.parameters import Parameters
from kinoteka.web.route import Route, Shape

CSV = b"text/csv"
JSONL = b"application/x-ndjson"


class ExportQuery(Parameters):
    format: Annotated[
        Literal["csv", "jsonl"] | None, Field(description="Instead of Accept; CSV when neither says.")
    ] = None


def export_route(database: Database, limit: Limit) -> Route:
    return Route(
        method="GET",
        path="/api/v1/films/export",
        access=CATALOGUE_EXPORT,
        operation_id="exportFilms",
        summary="All films as CSV or JSON Lines, streamed",
        description="One consistent snapshot, ordered by id, importable again without loss.",
        tag="Films",
        query_model=ExportQuery,
        limit=limit,
        media_types=(),
        handler=partial(export_films, database),
        answers={
            200: Shape(
                "Every film that is not deleted",
                media_types=(CSV.decode(), JSONL.decode()),
                headers={
                    "Content-Disposition": "A file name",
                    "Cache-Control": "private, no-store",
                    "Vary": "Accept and Accept-Encoding",
                    "Content-Encoding": "zstd or gzip, when the request accepts it",
                },
            )
        },
    )


async def export_films(database: Database, call: Call[ExportQuery]) -> Stream:
    """Asks the database first: once streaming has begun it is too late for a status."""
    media_type = _media_type(call)
    await repository.read(database, repository.ask_anything)
    if media_type == CSV:
        return Stream(partial(stream_csv, database), b"text/csv; charset=utf-8; header=present", _named("films.csv"))
    return Stream(partial(stream_jsonl, database), JSONL, _named("films.jsonl"))


def _media_type(call: Call[ExportQuery]) -> bytes:
    if call.query.format is not None:
        return {"csv": CSV, "jsonl": JSONL}[call.query.format]
    chosen = choose_media_type(call.headers.get(b"accept", b""), (CSV, JSONL))
    if chosen is None:
        raise NotAcceptableError("This address answers text/csv and application/x-ndjson.")
    return chosen


def _named(name: str) -> tuple[tuple[bytes, bytes]]:
    return ((b"content-disposition", f'attachment; filename="{name}"'.encode()),)
