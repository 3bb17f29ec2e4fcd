"""Roles, and who has them."""

from typing import Annotated, Any, Literal

from pydantic import Field

from kinoteka.accounts import bodies, examples, roles, schemas, users
from kinoteka.accounts.context import Accounts
from kinoteka.accounts.lists import Asked, Listing, list_page
from kinoteka.accounts.permissions import ROLES_WRITE
from kinoteka.accounts.routes.auth import NOTHING
from kinoteka.accounts.routes.me import LINKS
from kinoteka.accounts.routes.users import ID_EXAMPLE, TAG, UserPath, actor_of
from kinoteka.errors import NotFoundError
from kinoteka.web.answer import Answer, answer_created, answer_nothing, answer_personal
from kinoteka.web.decode import Call
from kinoteka.web.idempotency import Keyed
from kinoteka.web.page_query import Paged
from kinoteka.web.parameters import Id, Parameters
from kinoteka.web.route import Route, Shape

BASE = "/api/v1/roles"
ROLE = Shape("The role", schemas.Role, example=examples.ROLE)
_ROLE_EXAMPLE = {"id": str(examples.ROLE.id)}


class RolePath(Parameters):
    id: Id


class UserRolePath(Parameters):
    id: Id
    role_id: Id


class DeleteRole(Parameters):
    force: Annotated[Literal["true", "false"], Field(description="Also when users have it, who then lose it.")] = (
        "false"
    )


def role_routes(accounts: Accounts) -> list[Route]:
    return [
        _list(accounts),
        _create(accounts),
        _get(accounts),
        _change(accounts),
        _delete(accounts),
        _of_user(accounts),
        _give(accounts),
        _take(accounts),
        _permissions(),
    ]


def _list(accounts: Accounts) -> Route:
    async def handle(call: Call[Paged]) -> Answer:
        listing = Listing(BASE, "FROM role AS r", roles.COLUMNS, "r.created_at", "r.id", roles.role_of)
        return await list_page(accounts, listing, call.query, Asked())

    example = schemas.RolePage(items=[examples.ROLE], total=1, page=1, page_size=50, cursor=None)
    return Route(
        method="GET",
        path=BASE,
        access=ROLES_WRITE,
        operation_id="listRoles",
        summary="Roles, the newest first",
        tag=TAG,
        query_model=Paged,
        handler=handle,
        answers={200: Shape("A page", schemas.RolePage, headers=LINKS, example=example)},
    )


def _create(accounts: Accounts) -> Route:
    async def handle(call: Call[Any]) -> Answer:
        body: bodies.NewRole = call.body
        async with accounts.database.answering() as connection:
            role = await roles.create_role(connection, actor_of(call), body.name, body.description, body.permissions)
        return answer_created(role, f"{BASE}/{role.id}")

    return Route(
        method="POST",
        path=BASE,
        access=ROLES_WRITE,
        operation_id="createRole",
        summary="Make a role",
        description="Of permissions that one has oneself.",
        tag=TAG,
        header_model=Keyed,
        body_model=bodies.NewRole,
        body_example={"name": "editor", "description": "Looks after films.", "permissions": ["catalogue:write"]},
        handler=handle,
        answers={201: ROLE},
        problems=(409,),
    )


def _get(accounts: Accounts) -> Route:
    async def handle(call: Call[Any]) -> Answer:
        async with accounts.database.answering() as connection:
            return answer_personal(await roles.get_role(connection, call.path["id"]))

    return _one(accounts, "GET", "getRole", "One role", handler=handle, answers={200: ROLE})


def _one(accounts: Accounts, method: Any, operation_id: str, summary: str, **more: Any) -> Route:
    return Route(
        method=method,
        path=f"{BASE}/{{id}}",
        access=ROLES_WRITE,
        operation_id=operation_id,
        summary=summary,
        tag=TAG,
        path_model=RolePath,
        parameter_examples=_ROLE_EXAMPLE,
        problems=(404, *more.pop("problems", ())),
        **more,
    )


def _change(accounts: Accounts) -> Route:
    async def handle(call: Call[Any]) -> Answer:
        async with accounts.database.answering() as connection:
            role = await roles.change_role(connection, actor_of(call), call.path["id"], bodies.given(call.body))
        if role.users:
            await accounts.revocations.settle()
        return answer_personal(role)

    return _one(
        accounts,
        "PATCH",
        "changeRole",
        "Change a role",
        description="What is left out stays. Whoever has the role has its new permissions at once.",
        handler=handle,
        body_model=bodies.RoleChange,
        body_example={"permissions": ["catalogue:write", "users:read"]},
        answers={200: ROLE},
        problems=(409,),
    )


def _delete(accounts: Accounts) -> Route:
    async def handle(call: Call[DeleteRole]) -> Answer:
        force = call.query.force == "true"
        async with accounts.database.answering() as connection:
            await roles.delete_role(connection, actor_of(call), call.path["id"], force=force)
        await accounts.revocations.settle()
        return answer_nothing()

    return _one(
        accounts,
        "DELETE",
        "deleteRole",
        "Delete a role",
        description="One that users have is deleted only with `force=true`.",
        handler=handle,
        query_model=DeleteRole,
        answers={204: NOTHING},
        media_types=(),
        problems=(409,),
    )


def _of_user(accounts: Accounts) -> Route:
    async def handle(call: Call[Any]) -> Answer:
        async with accounts.database.answering() as connection:
            await users.get_user(connection, call.path["id"])
            return answer_personal(schemas.RoleNames(await roles.list_roles_of(connection, call.path["id"])))

    return Route(
        method="GET",
        path="/api/v1/users/{id}/roles",
        access=ROLES_WRITE,
        operation_id="listRolesOfUser",
        summary="The roles of a user",
        tag=TAG,
        path_model=UserPath,
        handler=handle,
        answers={200: Shape("Roles", schemas.RoleNames, example=examples.ROLE_NAMES)},
        problems=(404,),
        parameter_examples=ID_EXAMPLE,
    )


def _give(accounts: Accounts) -> Route:
    async def handle(call: Call[Any]) -> Answer:
        async with accounts.database.answering() as connection:
            await roles.give_role(connection, actor_of(call), call.path["id"], call.path["role_id"])
        await accounts.revocations.settle()
        return answer_nothing()

    return _link(accounts, "PUT", "giveRole", "Give a user a role", "One whose permissions one has oneself.", handle)


def _take(accounts: Accounts) -> Route:
    async def handle(call: Call[Any]) -> Answer:
        user_id, role_id = call.path["id"], call.path["role_id"]
        async with accounts.database.answering() as connection:
            had_it = await roles.take_role(connection, actor_of(call), user_id, role_id)
        if not had_it:
            raise NotFoundError("This user does not have this role.")
        await accounts.revocations.settle()
        return answer_nothing()

    return _link(accounts, "DELETE", "takeRole", "Take a role from a user", "In effect at once.", handle)


def _link(accounts: Accounts, method: Any, operation_id: str, summary: str, description: str, handle: Any) -> Route:
    return Route(
        method=method,
        path="/api/v1/users/{id}/roles/{role_id}",
        access=ROLES_WRITE,
        operation_id=operation_id,
        summary=summary,
        description=description,
        tag=TAG,
        path_model=UserRolePath,
        handler=handle,
        answers={204: NOTHING},
        media_types=(),
        problems=(404, 409),
        parameter_examples={**ID_EXAMPLE, "role_id": _ROLE_EXAMPLE["id"]},
    )


def _permissions() -> Route:
    async def handle(_: Call[Any]) -> Answer:
        return answer_personal(examples.PERMISSIONS)

    return Route(
        method="GET",
        path="/api/v1/permissions",
        access=ROLES_WRITE,
        operation_id="listPermissions",
        summary="All permissions there are",
        tag=TAG,
        handler=handle,
        answers={200: Shape("Permissions", schemas.Permissions, example=examples.PERMISSIONS)},
    )
