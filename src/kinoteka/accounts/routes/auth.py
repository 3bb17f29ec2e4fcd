"""Signing up, in and out."""

from functools import partial
from typing import Any

from kinoteka.accounts import bodies, examples, schemas, sessions, sign_in
from kinoteka.accounts.context import Accounts
from kinoteka.accounts.origin import origin_of
from kinoteka.web.answer import Answer, answer_created, answer_nothing, answer_personal
from kinoteka.web.decode import Call
from kinoteka.web.guard import Access
from kinoteka.web.route import Route, Shape

BASE = "/api/v1/auth"
TAG = "Accounts"
NOTHING = Shape("Done", media_types=())
_PERSONAL = {"Cache-Control": "private, no-store"}


def auth_routes(accounts: Accounts) -> list[Route]:
    return [_register(accounts), _login(accounts), _refresh(accounts), _logout(accounts), _logout_all(accounts)]


def _register(accounts: Accounts) -> Route:
    return Route(
        method="POST",
        path=f"{BASE}/register",
        access=Access.PUBLIC,
        operation_id="register",
        summary="Open an account",
        description="Then sign in. A phone number that somebody has is 409.",
        tag=TAG,
        handler=partial(_handle_register, accounts),
        body_model=bodies.Register,
        body_context=bodies.rules_of(accounts.settings),
        body_example={"phone": examples.PHONE, "password": examples.PASSWORD, "name": "Olena", "age": 34},
        answers={
            201: Shape(
                "The new account",
                schemas.User,
                example=examples.USER,
                headers={"Location": "Where it is read.", **_PERSONAL},
            )
        },
        problems=(409, 429, 503),
    )


async def _handle_register(accounts: Accounts, call: Call[Any]) -> Answer:
    body: bodies.Register = call.body
    password = body.password.get_secret_value()
    user = await sign_in.register(accounts, body.phone, password, body.name, body.age, origin_of(call))
    return answer_created(user, "/api/v1/me")


def _login(accounts: Accounts) -> Route:
    return Route(
        method="POST",
        path=f"{BASE}/login",
        access=Access.PUBLIC,
        operation_id="login",
        summary="Sign in",
        description="Begins a session. After some failures the next try must wait, longer each time.",
        tag=TAG,
        handler=partial(_handle_login, accounts),
        body_model=bodies.Login,
        body_context=bodies.rules_of(accounts.settings),
        body_example={"phone": examples.PHONE, "password": examples.PASSWORD},
        answers={200: Shape("Tokens", schemas.SignedIn, example=examples.SIGNED_IN, headers=_PERSONAL)},
        problems=(401, 403, 429, 503),
    )


async def _handle_login(accounts: Accounts, call: Call[Any]) -> Answer:
    body: bodies.Login = call.body
    password = body.password.get_secret_value()
    return answer_personal(await sign_in.sign_in(accounts, body.phone, password, body.device_token, origin_of(call)))


def _refresh(accounts: Accounts) -> Route:
    return Route(
        method="POST",
        path=f"{BASE}/refresh",
        access=Access.PUBLIC,
        operation_id="refresh",
        summary="The next pair of tokens",
        description=(
            "A refresh token is good once. For 30 seconds it answers again with the same successor, in case the answer "
            "was lost; used again later, or after its successor, it ends the session."
        ),
        tag=TAG,
        handler=partial(_handle_refresh, accounts),
        body_model=bodies.Refresh,
        body_example={"refresh_token": examples.TOKENS.refresh_token},
        answers={200: Shape("Tokens", schemas.Tokens, example=examples.TOKENS, headers=_PERSONAL)},
        problems=(401, 429, 503),
    )


async def _handle_refresh(accounts: Accounts, call: Call[Any]) -> Answer:
    return answer_personal(await sessions.refresh(accounts, call.body.refresh_token, origin_of(call)))


def _logout(accounts: Accounts) -> Route:
    async def handle(call: Call[Any]) -> Answer:
        await sessions.end_sessions(accounts, call.user.user_id, call.user.session_id)
        return answer_nothing()

    return Route(
        method="POST",
        path=f"{BASE}/logout",
        access=Access.USER,
        operation_id="logout",
        summary="Sign out",
        description="Ends this session: its tokens hold nowhere any more once this has answered.",
        tag=TAG,
        handler=handle,
        answers={204: NOTHING},
        media_types=(),
    )


def _logout_all(accounts: Accounts) -> Route:
    async def handle(call: Call[Any]) -> Answer:
        await sessions.end_sessions(accounts, call.user.user_id)
        return answer_nothing()

    return Route(
        method="POST",
        path=f"{BASE}/logout-all",
        access=Access.USER,
        operation_id="logoutAll",
        summary="Sign out everywhere",
        description="Ends all sessions of the account, this one too.",
        tag=TAG,
        handler=handle,
        answers={204: NOTHING},
        media_types=(),
    )
