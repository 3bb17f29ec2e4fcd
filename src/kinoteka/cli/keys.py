"""`kinoteka keys`."""

from datetime import timedelta
from typing import Annotated

import typer
from rich.table import Table

from kinoteka.accounts import audit, keys
from kinoteka.accounts.audit import COMMAND_LINE
from kinoteka.accounts.context import Accounts
from kinoteka.accounts.keys import SigningKey
from kinoteka.cli.accounts import with_accounts
from kinoteka.cli.terminal import load_settings, output, run, say

app = typer.Typer(no_args_is_help=True, help="Keys that access tokens are signed with.")


@app.command()
def rotate(
    at_once: Annotated[
        bool,
        typer.Option("--at-once", help="A key has leaked: end all access tokens now; clients refresh theirs."),
    ] = False,
) -> None:
    """Make a new key. It signs once it has been published for ten minutes; what older ones signed holds until then."""

    async def work(accounts: Accounts) -> str:
        life = timedelta(seconds=accounts.settings.access_token_seconds)
        async with accounts.database.answering() as connection:
            kid = await keys.rotate(connection, accounts.secrets, life, at_once)
            await audit.write(connection, COMMAND_LINE, "key.rotate", "key", kid, at_once=at_once)
        await accounts.revocations.settle()
        return kid

    say(f"The new key is {run(with_accounts(load_settings(), work))}.")


@app.command("list")
def list_keys() -> None:
    """Show keys that tokens are verified with."""

    async def work(accounts: Accounts) -> list[SigningKey]:
        async with accounts.database.answering() as connection:
            return list((await keys.read_keys(connection, accounts.secrets)).keys)

    table = Table("key", "signs from", "verifies until")
    for key in sorted(run(with_accounts(load_settings(), work)), key=lambda one: one.signs_from):
        until = key.verifies_until.isoformat(" ", "seconds") if key.verifies_until else "the next rotation"
        table.add_row(key.kid, key.signs_from.isoformat(" ", "seconds"), until)
    output.print(table)
