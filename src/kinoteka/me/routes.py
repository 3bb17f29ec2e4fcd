"""Addresses of what joins subjects around one person."""

from functools import partial
from typing import Any

from kinoteka.accounts import bodies, examples
from kinoteka.accounts.context import Accounts
from kinoteka.accounts.own_account import get_profile
from kinoteka.accounts.routes.auth import NOTHING
from kinoteka.accounts.routes.me import BASE, TAG
from kinoteka.accounts.routes.users import actor_of
from kinoteka.me import schemas, service
from kinoteka.web.answer import JSON, PERSONAL, Answer, Stream, answer_nothing
from kinoteka.web.decode import Call
from kinoteka.web.guard import Access
from kinoteka.web.route import Route, Shape


def joined_routes(accounts: Accounts) -> list[Route]:
    return [_export(accounts), _delete(accounts)]


def _export(accounts: Accounts) -> Route:
    return Route(
        method="GET",
        path=f"{BASE}/export",
        access=Access.USER,
        operation_id="exportMe",
        summary="All that is kept of the own account, as JSON",
        tag=TAG,
        handler=partial(_handle_export, accounts),
        answers={
            200: Shape(
                "All of it",
                schemas.OwnData,
                example=schemas.EXAMPLE,
                headers={"Content-Disposition": "A file name"},
            )
        },
    )


async def _handle_export(accounts: Accounts, call: Call[Any]) -> Stream:
    """Asks for the account first: once streaming has begun it is too late for a status."""
    await get_profile(accounts, call.user)
    name = (b"content-disposition", b'attachment; filename="kinoteka-account.json"')
    return Stream(partial(service.stream_own_data, accounts, call.user), JSON, (name,), PERSONAL)


def _delete(accounts: Accounts) -> Route:
    async def handle(call: Call[Any]) -> Answer:
        body: bodies.Deletion = call.body
        password, keep = body.current_password.get_secret_value(), body.ratings == "keep"
        await service.delete_own_account(accounts, call.user, actor_of(call), password, keep_ratings=keep)
        return answer_nothing()

    return Route(
        method="DELETE",
        path=BASE,
        access=Access.USER,
        operation_id="deleteMe",
        summary="Delete the own account",
        description="Takes the password. With everything personal, lists too, at once and for good; scores by choice.",
        tag=TAG,
        body_model=bodies.Deletion,
        body_example={"current_password": examples.PASSWORD, "ratings": "delete"},
        handler=handle,
        answers={204: NOTHING},
        media_types=(),
        problems=(409, 429),
    )
