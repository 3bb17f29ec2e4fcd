"""`kinoteka users`."""

from collections.abc import Awaitable, Callable
from typing import Annotated
from uuid import UUID

import typer
from rich.markup import escape
from rich.table import Table

from kinoteka.accounts import administration, roles, users
from kinoteka.accounts.audit import COMMAND_LINE
from kinoteka.accounts.context import Accounts
from kinoteka.accounts.passwords import About
from kinoteka.accounts.phones import normalize_phone
from kinoteka.accounts.schemas import User
from kinoteka.cli.accounts import with_accounts
from kinoteka.cli.passwords import ask_password
from kinoteka.cli.terminal import load_settings, output, run, say
from kinoteka.errors import UsageError
from kinoteka.settings import Settings

app = typer.Typer(no_args_is_help=True, help="Users: administrators, who is disabled, who has which role.")

Phone = Annotated[str, typer.Argument(help="Phone number.")]
Who = Annotated[str, typer.Argument(help="Phone number or id.")]
RoleName = Annotated[str, typer.Argument(help="Name of a role.")]


@app.command("create-admin")
def create_admin(phone: Phone, name: Annotated[str | None, typer.Option(help="Shown name.")] = None) -> None:
    """Make an administrator. The password is asked for, or read from standard input."""
    settings = load_settings()
    number = _phone(phone, settings)
    password = ask_password(About(number, name), settings.password_minimum)

    async def work(accounts: Accounts) -> UUID:
        return await administration.create_admin(accounts, COMMAND_LINE, number, password, name)

    say(f"Administrator {number} has the id {run(with_accounts(settings, work))}.")


@app.command("list")
def list_users(
    role: Annotated[str | None, typer.Option(help="Only those with this role.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="At most so many, the newest first.")] = 100,
) -> None:
    """Show users."""

    async def work(accounts: Accounts) -> list[User]:
        async with accounts.database.answering() as connection:
            role_id = await roles.get_role_named(connection, role) if role else None
            return await users.list_newest(connection, limit, role_id)

    table = Table("id", "phone", "name", "roles", "active", "since")
    for user in run(with_accounts(load_settings(), work)):
        held = ", ".join(one.name for one in user.roles)
        since = user.created_at.date().isoformat()
        table.add_row(str(user.id), user.phone, escape(user.name or ""), escape(held), _yes(user.active), since)
    output.print(table)


@app.command()
def disable(user: Who) -> None:
    """Keep somebody out, and end all their sessions."""
    _act(user, lambda accounts, id_: administration.set_active(accounts, COMMAND_LINE, id_, False))
    say("Disabled; every session has ended.")


@app.command()
def enable(user: Who) -> None:
    """Let somebody in again."""
    _act(user, lambda accounts, id_: administration.set_active(accounts, COMMAND_LINE, id_, True))
    say("Enabled.")


@app.command()
def delete(user: Who) -> None:
    """Delete an account with everything personal, for good."""
    _act(user, lambda accounts, id_: administration.delete_user(accounts, COMMAND_LINE, id_))
    say("Deleted.")


@app.command("reset-password")
def reset_password(user: Who) -> None:
    """Set a new password, asked for or read from standard input, and end all sessions."""
    password = ask_password(About(), load_settings().password_minimum)
    _act(user, lambda accounts, id_: administration.reset_password(accounts, COMMAND_LINE, id_, password))
    say("The password is new; every session has ended.")


@app.command()
def give(user: Who, role: RoleName) -> None:
    """Give somebody a role."""

    async def work(accounts: Accounts, id_: UUID) -> None:
        async with accounts.database.answering() as connection:
            await roles.give_role(connection, COMMAND_LINE, id_, await roles.get_role_named(connection, role))
        await accounts.revocations.settle()

    _act(user, work)
    say("Given.")


@app.command()
def take(user: Who, role: RoleName) -> None:
    """Take a role from somebody."""

    async def work(accounts: Accounts, id_: UUID) -> None:
        async with accounts.database.answering() as connection:
            if not await roles.take_role(connection, COMMAND_LINE, id_, await roles.get_role_named(connection, role)):
                raise UsageError("This user does not have this role.")
        await accounts.revocations.settle()

    _act(user, work)
    say("Taken.")


def _act(user: str, work: Callable[[Accounts, UUID], Awaitable[object]]) -> None:
    settings = load_settings()

    async def act(accounts: Accounts) -> None:
        await work(accounts, await _find(accounts, user, settings))

    run(with_accounts(settings, act))


async def _find(accounts: Accounts, user: str, settings: Settings) -> UUID:
    try:
        return UUID(user)
    except ValueError:
        pass
    async with accounts.database.answering() as connection:
        row = await users.find_by_phone(connection, _phone(user, settings))
    if row is None:
        raise UsageError("Nobody has this phone number; kinoteka users list shows who there is.")
    found: UUID = row.id
    return found


def _phone(text: str, settings: Settings) -> str:
    try:
        return normalize_phone(text, settings.default_region)
    except ValueError as error:
        raise UsageError(f"{text}: {error}.") from None


def _yes(value: bool) -> str:
    return "yes" if value else "no"
