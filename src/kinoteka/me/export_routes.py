"""Addresses that stream own ratings and lists."""

from functools import partial
from typing import Annotated, Any

from pydantic import Field

from kinoteka.accounts.routes.me import BASE
from kinoteka.cache.rate_limits import Limit
from kinoteka.catalogue import repository
from kinoteka.database import Database
from kinoteka.me.exports import ExportedList, stream_letterboxd, stream_own_csv
from kinoteka.web.answer import PERSONAL, Stream
from kinoteka.web.decode import Call
from kinoteka.web.guard import Access
from kinoteka.web.parameters import Parameters
from kinoteka.web.route import Handler, Route, Shape

_CSV = b"text/csv"


class LetterboxdQuery(Parameters):
    list: Annotated[ExportedList, Field(description="Letterboxd imports one list at a time.")] = "ratings"


def own_export_routes(database: Database, limit: Limit) -> list[Route]:
    async def ours(call: Call[Any]) -> Stream:
        await repository.read(database, repository.ask_anything)  # once streaming has begun it is too late for a status
        return _answer(partial(stream_own_csv, database, call.user.user_id), "kinoteka.csv")

    async def theirs(call: Call[LetterboxdQuery]) -> Stream:
        await repository.read(database, repository.ask_anything)
        name = call.query.list
        return _answer(partial(stream_letterboxd, database, call.user.user_id, name), f"letterboxd-{name}.csv")

    description = "Imported here again, or on another Kinoteka, it loses nothing."
    stars = "Half points become quarter stars, which there are not: such a score goes to the higher half star."
    return [
        _route("csv", "exportMyCsv", "Own ratings and lists as CSV", description, limit, ours),
        _route(
            "letterboxd",
            "exportMyLetterboxd",
            "Own ratings, or a list, as Letterboxd imports them",
            stars,
            limit,
            theirs,
            query_model=LetterboxdQuery,
        ),
    ]


def _answer(chunks: Any, name: str) -> Stream:
    disposition = (b"content-disposition", f'attachment; filename="{name}"'.encode())
    return Stream(chunks, b"text/csv; charset=utf-8; header=present", (disposition,), PERSONAL)


def _route(
    path: str, operation_id: str, summary: str, description: str, limit: Limit, handler: Handler, **more: Any
) -> Route:
    return Route(
        method="GET",
        path=f"{BASE}/exports/{path}",
        access=Access.USER,
        operation_id=operation_id,
        summary=summary,
        description=description,
        tag="Lists",
        limit=limit,
        handler=handler,
        media_types=(_CSV,),
        answers={
            200: Shape(
                "Films that are not deleted, the oldest entry first",
                media_types=(_CSV.decode(),),
                headers={"Content-Disposition": "A file name"},
            )
        },
        problems=(503,),
        **more,
    )
