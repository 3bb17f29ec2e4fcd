"""Users, for administrators; and the audit."""

from datetime import datetime
from functools import partial
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field

from kinoteka.accounts import administration, bodies, examples, schemas, users
from kinoteka.accounts.audit import Actor
from kinoteka.accounts.context import Accounts
from kinoteka.accounts.lists import Asked, Listing, list_page
from kinoteka.accounts.permission_cache import read_permissions
from kinoteka.accounts.permissions import NAMES, USERS_READ, USERS_WRITE
from kinoteka.accounts.routes.auth import NOTHING
from kinoteka.accounts.routes.me import LINKS, PROFILE
from kinoteka.web.answer import Answer, answer_nothing, answer_personal
from kinoteka.web.decode import Call
from kinoteka.web.guard import OneselfOr
from kinoteka.web.page_query import Paged
from kinoteka.web.parameters import Id, Moment, Parameters
from kinoteka.web.route import Route, Shape

BASE = "/api/v1/users"
TAG = "Administration"
ID_EXAMPLE = {"id": str(examples.USER.id)}


class UserPath(Parameters):
    id: Id


class PermissionPath(Parameters):
    id: Id
    permission: Annotated[
        Literal["catalogue:write", "catalogue:export", "users:read", "users:write", "roles:write"],
        Field(description="Its name."),
    ]


class UserList(Paged):
    active: Annotated[
        Literal["true", "false"] | None, Field(description="Only those who can sign in, or only the disabled.")
    ] = None
    role: Annotated[Id | None, Field(description="Id of a role that they have.")] = None


class AuditList(Paged):
    actor: Annotated[Id | None, Field(description="Id of the user who did it.")] = None
    target: Annotated[
        str | None,
        Field(pattern=r"^[A-Za-z0-9_-]{1,64}$", description="Id of the user, role or key it was done to."),
    ] = None
    action: Annotated[
        str | None, Field(pattern=r"^[a-z._]{1,40}$", description="What was done, such as `role.give`.")
    ] = None
    since: Annotated[Moment | None, Field(description="Not before; with its offset from UTC.")] = None
    until: Annotated[Moment | None, Field(description="Before; with its offset from UTC.")] = None


def actor_of(call: Call[Any]) -> Actor:
    return Actor(call.user.user_id, call.client, call.request_id)


def user_routes(accounts: Accounts) -> list[Route]:
    return [
        _list(accounts),
        _get(accounts),
        _change(accounts),
        _delete(accounts),
        _end_sessions(accounts),
        _check(accounts),
        _audit(accounts),
    ]


def _list(accounts: Accounts) -> Route:
    example = schemas.UserPage(items=[examples.USER], total=1, page=1, page_size=50, cursor=None)
    return Route(
        method="GET",
        path=BASE,
        access=USERS_READ,
        operation_id="listUsers",
        summary="Users, the newest first",
        tag=TAG,
        query_model=UserList,
        handler=partial(_handle_list, accounts),
        answers={200: Shape("A page", schemas.UserPage, headers=LINKS, example=example)},
    )


async def _handle_list(accounts: Accounts, call: Call[UserList]) -> Answer:
    conditions: list[str] = []
    values: dict[str, Any] = {}
    kept: dict[str, Any] = {}
    if call.query.active is not None:
        conditions.append("a.is_active = :active")
        values["active"] = call.query.active == "true"
        kept["active"] = call.query.active
    if call.query.role is not None:
        conditions.append("EXISTS (SELECT FROM account_role WHERE account_id = a.id AND role_id = :role)")
        values["role"] = kept["role"] = call.query.role
    listing = Listing(BASE, "FROM account AS a", users.COLUMNS, "a.created_at", "a.id", users.user_of)
    return await list_page(accounts, listing, call.query, Asked(tuple(conditions), values, kept))


def _get(accounts: Accounts) -> Route:
    async def handle(call: Call[Any]) -> Answer:
        async with accounts.database.answering() as connection:
            return answer_personal(await users.get_user(connection, call.path["id"]))

    return Route(
        method="GET",
        path=f"{BASE}/{{id}}",
        access=USERS_READ,
        operation_id="getUser",
        summary="One user",
        tag=TAG,
        path_model=UserPath,
        handler=handle,
        answers={200: PROFILE},
        problems=(404,),
        parameter_examples=ID_EXAMPLE,
    )


def _change(accounts: Accounts) -> Route:
    async def handle(call: Call[Any]) -> Answer:
        user = await administration.set_active(accounts, actor_of(call), call.path["id"], call.body.active)
        return answer_personal(user)

    return Route(
        method="PATCH",
        path=f"{BASE}/{{id}}",
        access=USERS_WRITE,
        operation_id="changeUser",
        summary="Disable or enable a user",
        description="Disabling ends all sessions at once. Not for users who may do more than oneself.",
        tag=TAG,
        path_model=UserPath,
        body_model=bodies.UserChange,
        body_example={"active": False},
        handler=handle,
        answers={200: PROFILE},
        problems=(404, 409),
        parameter_examples=ID_EXAMPLE,
    )


def _delete(accounts: Accounts) -> Route:
    async def handle(call: Call[Any]) -> Answer:
        await administration.delete_user(accounts, actor_of(call), call.path["id"])
        return answer_nothing()

    return Route(
        method="DELETE",
        path=f"{BASE}/{{id}}",
        access=USERS_WRITE,
        operation_id="deleteUser",
        summary="Delete a user",
        description="With everything personal, at once and for good. Not for users who may do more than oneself.",
        tag=TAG,
        path_model=UserPath,
        handler=handle,
        answers={204: NOTHING},
        media_types=(),
        problems=(404, 409),
        parameter_examples=ID_EXAMPLE,
    )


def _end_sessions(accounts: Accounts) -> Route:
    async def handle(call: Call[Any]) -> Answer:
        await administration.end_sessions_of(accounts, actor_of(call), call.path["id"])
        return answer_nothing()

    return Route(
        method="DELETE",
        path=f"{BASE}/{{id}}/sessions",
        access=USERS_WRITE,
        operation_id="endSessionsOfUser",
        summary="Sign a user out everywhere",
        tag=TAG,
        path_model=UserPath,
        handler=handle,
        answers={204: NOTHING},
        media_types=(),
        problems=(404,),
        parameter_examples=ID_EXAMPLE,
    )


def _check(accounts: Accounts) -> Route:
    async def handle(call: Call[Any]) -> Answer:
        user_id: UUID = call.path["id"]
        async with accounts.database.answering() as connection:
            user = await users.get_user(connection, user_id)
            names = await read_permissions(connection, user_id)
        return answer_personal(schemas.Allowed(user.active and call.path["permission"] in names & NAMES))

    return Route(
        method="GET",
        path=f"{BASE}/{{id}}/permissions/{{permission}}",
        access=OneselfOr(USERS_READ),
        operation_id="checkPermission",
        summary="May this user do that?",
        tag=TAG,
        path_model=PermissionPath,
        handler=handle,
        answers={200: Shape("Yes or no", schemas.Allowed, example=examples.ALLOWED)},
        problems=(404,),
        parameter_examples={**ID_EXAMPLE, "permission": "catalogue:write"},
    )


def _audit(accounts: Accounts) -> Route:
    example = schemas.AuditPage(items=[examples.AUDIT], total=1, page=1, page_size=50, cursor=None)
    return Route(
        method="GET",
        path="/api/v1/audit",
        access=USERS_READ,
        operation_id="listAudit",
        summary="Who gave, took, disabled, deleted; the newest first",
        tag=TAG,
        query_model=AuditList,
        handler=partial(_handle_audit, accounts),
        answers={200: Shape("A page", schemas.AuditPage, headers=LINKS, example=example)},
    )


_AUDIT_CONDITIONS = {
    "actor": "actor_id = :actor",
    "target": "target_id = :target",
    "action": "action = :action",
    "since": "at >= :since",
    "until": "at < :until",
}


async def _handle_audit(accounts: Accounts, call: Call[AuditList]) -> Answer:
    values = {name: getattr(call.query, name) for name in _AUDIT_CONDITIONS if getattr(call.query, name) is not None}
    kept = {name: value.isoformat() if isinstance(value, datetime) else value for name, value in values.items()}
    conditions = tuple(_AUDIT_CONDITIONS[name] for name in values)
    columns = "id, at, actor_id, action, target_kind, target_id, detail, address"
    listing = Listing("/api/v1/audit", "FROM audit_entry", columns, "at", "id", _entry_of)
    return await list_page(accounts, listing, call.query, Asked(conditions, values, kept))


def _entry_of(row: Any) -> schemas.AuditEntry:
    return schemas.AuditEntry(
        id=row.id,
        at=row.at,
        actor_id=row.actor_id,
        action=row.action,
        target_kind=row.target_kind,
        target_id=row.target_id,
        detail=row.detail,
        address=row.address,
    )
