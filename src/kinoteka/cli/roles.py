"""`kinoteka roles`."""

from collections.abc import Awaitable, Callable
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table
from sqlalchemy.ext.asyncio import AsyncConnection

from kinoteka.accounts import roles
from kinoteka.accounts.audit import COMMAND_LINE
from kinoteka.accounts.context import Accounts
from kinoteka.accounts.permissions import NAMES, PERMISSIONS
from kinoteka.accounts.schemas import Role
from kinoteka.cli.accounts import with_accounts
from kinoteka.cli.terminal import load_settings, output, run, say
from kinoteka.errors import UsageError

app = typer.Typer(no_args_is_help=True, help="Roles: named sets of permissions.")

Name = Annotated[str, typer.Argument(help="Name of the role.")]
Permissions = Annotated[
    list[str] | None, typer.Option("--permission", help="One of `kinoteka roles permissions`; repeatable.")
]
Description = Annotated[str | None, typer.Option(help="What it is for.")]


@app.command("list")
def list_roles() -> None:
    """Show roles."""

    async def work(accounts: Accounts) -> list[Role]:
        async with accounts.database.answering() as connection:
            return await roles.list_roles(connection)

    table = Table("name", "permissions", "users", "description")
    for role in run(with_accounts(load_settings(), work)):
        held = ", ".join(role.permissions)
        table.add_row(escape(role.name), held, str(role.users), escape(role.description or ""))
    output.print(table)


@app.command()
def permissions() -> None:
    """Show all permissions that a role may hold."""
    table = Table("name", "allows to")
    for permission in PERMISSIONS:
        table.add_row(permission.name, permission.description)
    output.print(table)


@app.command()
def create(name: Name, permission: Permissions = None, description: Description = None) -> None:
    """Make a role."""
    names = _check(permission or [])
    _act(lambda connection: roles.create_role(connection, COMMAND_LINE, name.strip(), description, names))
    say("Made.")


@app.command()
def change(name: Name, permission: Permissions = None, description: Description = None) -> None:
    """Set a role's permissions, all of them, or its description."""
    changes: dict[str, object] = {"permissions": _check(permission)} if permission is not None else {}
    if description is not None:
        changes["description"] = description

    async def work(connection: AsyncConnection) -> None:
        role_id = await roles.get_role_named(connection, name)
        await roles.change_role(connection, COMMAND_LINE, role_id, changes)

    _act(work)
    say("Changed.")


@app.command()
def delete(
    name: Name,
    force: Annotated[bool, typer.Option("--force", help="Also when users have it, who then lose it.")] = False,
) -> None:
    """Delete a role."""

    async def work(connection: AsyncConnection) -> None:
        role_id = await roles.get_role_named(connection, name)
        await roles.delete_role(connection, COMMAND_LINE, role_id, force=force)

    _act(work)
    say("Deleted.")


def _check(names: list[str]) -> list[str]:
    if unknown := sorted(set(names) - NAMES):
        raise UsageError(f"There is no permission {', '.join(unknown)}; there are {', '.join(sorted(NAMES))}.")
    return names


def _act(work: Callable[[AsyncConnection], Awaitable[object]]) -> None:
    async def act(accounts: Accounts) -> None:
        async with accounts.database.answering() as connection:
            await work(connection)
        await accounts.revocations.settle()

    run(with_accounts(load_settings(), act))
