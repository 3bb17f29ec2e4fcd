"""One's own account."""

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any
from uuid import UUID

from kinoteka.accounts import bodies, examples, own_account, schemas, sessions
from kinoteka.accounts.context import Accounts
from kinoteka.accounts.lists import Asked, Listing, list_page
from kinoteka.accounts.permissions import PERMISSIONS
from kinoteka.accounts.routes.auth import NOTHING
from kinoteka.errors import NotFoundError
from kinoteka.web.answer import JSON, Answer, answer_nothing, answer_personal
from kinoteka.web.decode import Call
from kinoteka.web.guard import Access
from kinoteka.web.page_query import Paged
from kinoteka.web.parameters import Id, Parameters
from kinoteka.web.route import Method, Route, Shape

BASE = "/api/v1/me"
TAG = "Me"
LINKS = {"Link": "first, prev, next and last page (RFC 8288), as far as they exist"}
PROFILE = Shape("The account", schemas.User, example=examples.USER)

Handle = Callable[[Accounts, Call[Any]], Awaitable[Answer]]


class SessionPath(Parameters):
    id: Id


def me_routes(accounts: Accounts) -> list[Route]:
    own = partial(_own, accounts)
    return [
        own("GET", "", "getMe", "The own account", _get, PROFILE),
        own(
            "PATCH",
            "",
            "changeMe",
            "Change name or age",
            _change,
            PROFILE,
            description="What is left out stays; null takes it away.",
            body_model=bodies.ProfileChange,
            body_example={"name": "Olena K."},
        ),
        *_secret_routes(accounts),
        own("GET", "/permissions", "listMyPermissions", "What one may do", _permissions, _PERMISSIONS_SHAPE),
        *_session_routes(accounts),
    ]


def _secret_routes(accounts: Accounts) -> list[Route]:
    """What takes the current password."""
    rules = bodies.rules_of(accounts.settings)
    password = {"password": "seven herons at dusk", "current_password": examples.PASSWORD}
    phone = {"phone": "+380 67 765 43 21", "current_password": examples.PASSWORD}
    own = partial(_own, accounts)
    return [
        own(
            "PUT",
            "/phone",
            "changePhone",
            "Change the phone number",
            _change_phone,
            PROFILE,
            description="Takes the password; ends the other sessions. A number that somebody has is 409.",
            body_model=bodies.PhoneChange,
            body_context=rules,
            body_example=phone,
            problems=(409, 429),
        ),
        own(
            "PUT",
            "/password",
            "changePassword",
            "Change the password",
            _change_password,
            None,
            description="Takes the old one; ends the other sessions.",
            body_model=bodies.PasswordChange,
            body_context=rules,
            body_example=password,
            problems=(429,),
        ),
    ]


_PERMISSIONS_SHAPE = Shape("Permissions", schemas.Permissions, example=examples.PERMISSIONS)


def _own(
    accounts: Accounts,
    method: Method,
    path: str,
    operation_id: str,
    summary: str,
    handle: Handle,
    shape: Shape | None,
    **more: Any,
) -> Route:
    return Route(
        method=method,
        path=BASE + path,
        access=Access.USER,
        operation_id=operation_id,
        summary=summary,
        tag=TAG,
        handler=partial(handle, accounts),
        answers={204: NOTHING} if shape is None else {200: shape},
        media_types=() if shape is None else (JSON,),
        **more,
    )


def _session_routes(accounts: Accounts) -> list[Route]:
    own = partial(_own, accounts)
    session_page = Shape(
        "A page",
        schemas.SessionPage,
        headers=LINKS,
        example=schemas.SessionPage(items=[examples.SESSION], total=1, page=1, page_size=50, cursor=None),
    )
    sign_in_page = Shape(
        "A page",
        schemas.SignInPage,
        headers=LINKS,
        example=schemas.SignInPage(items=[examples.SIGN_IN], total=1, page=1, page_size=50, cursor=None),
    )
    return [
        own("GET", "/sessions", "listSessions", "Where one is signed in", _sessions, session_page, query_model=Paged),
        own("DELETE", "/sessions", "endOtherSessions", "Sign out everywhere but here", _end_others, None),
        own(
            "DELETE",
            "/sessions/{id}",
            "endSession",
            "End one session",
            _end_one,
            None,
            path_model=SessionPath,
            problems=(404,),
            parameter_examples={"id": str(examples.SESSION.id)},
        ),
        own(
            "GET",
            "/logins",
            "listLogins",
            "Sign-ins and failed tries, the newest first",
            _logins,
            sign_in_page,
            query_model=Paged,
        ),
    ]


async def _get(accounts: Accounts, call: Call[Any]) -> Answer:
    return answer_personal(await own_account.get_profile(accounts, call.user))


async def _change(accounts: Accounts, call: Call[Any]) -> Answer:
    return answer_personal(await own_account.change_profile(accounts, call.user, bodies.given(call.body)))


async def _change_phone(accounts: Accounts, call: Call[Any]) -> Answer:
    body: bodies.PhoneChange = call.body
    password = body.current_password.get_secret_value()
    return answer_personal(await own_account.change_phone(accounts, call.user, body.phone, password))


async def _change_password(accounts: Accounts, call: Call[Any]) -> Answer:
    body: bodies.PasswordChange = call.body
    current = body.current_password.get_secret_value()
    await own_account.change_password(accounts, call.user, body.password.get_secret_value(), current)
    return answer_nothing()


async def _permissions(accounts: Accounts, call: Call[Any]) -> Answer:
    names = await accounts.permissions.get(call.user.user_id)
    return answer_personal(
        schemas.Permissions([schemas.PermissionItem(p.name, p.description) for p in PERMISSIONS if p.name in names])
    )


async def _sessions(accounts: Accounts, call: Call[Paged]) -> Answer:
    def item(row: Any) -> schemas.Session:
        return schemas.Session(
            id=row.id,
            started_at=row.started_at,
            last_seen_at=row.last_seen_at,
            address=row.address,
            user_agent=row.user_agent,
            current=row.id == call.user.session_id,
        )

    columns = "id, started_at, last_seen_at, address, user_agent"
    listing = Listing(f"{BASE}/sessions", "FROM session", columns, "last_seen_at", "id", item)
    alive = "expires_at > now() AND last_seen_at > now() - make_interval(days => :idle)"
    values = {"user_id": call.user.user_id, "idle": accounts.settings.session_idle_days}
    return await list_page(accounts, listing, call.query, Asked(("account_id = :user_id", alive), values))


async def _logins(accounts: Accounts, call: Call[Paged]) -> Answer:
    columns = "at, success, reason, address, user_agent, session_id"
    listing = Listing(f"{BASE}/logins", "FROM sign_in", columns, "at", "id", sign_in_of)
    kept = "at > now() - make_interval(days => :days)"
    values = {"user_id": call.user.user_id, "days": accounts.settings.sign_in_retention_days}
    return await list_page(accounts, listing, call.query, Asked(("account_id = :user_id", kept), values))


def sign_in_of(row: Any) -> schemas.SignIn:
    return schemas.SignIn(
        at=row.at,
        success=row.success,
        reason=row.reason,
        address=row.address,
        user_agent=row.user_agent,
        session_id=row.session_id,
    )


async def _end_others(accounts: Accounts, call: Call[Any]) -> Answer:
    await sessions.end_sessions(accounts, call.user.user_id, but=call.user.session_id)
    return answer_nothing()


async def _end_one(accounts: Accounts, call: Call[Any]) -> Answer:
    session_id: UUID = call.path["id"]
    if not await sessions.end_sessions(accounts, call.user.user_id, session_id):
        raise NotFoundError(f"You have no session with the id {session_id}.")
    return answer_nothing()
