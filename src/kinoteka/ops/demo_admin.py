"""The demo's administrator: a number that nobody has, and a password that nobody else was told."""

import secrets
from typing import NamedTuple

from kinoteka.accounts import administration
from kinoteka.accounts.audit import COMMAND_LINE
from kinoteka.accounts.context import Accounts
from kinoteka.errors import ConflictError

PHONE = "+380441234567"


class DemoAdmin(NamedTuple):
    phone: str
    password: str


async def create(accounts: Accounts) -> DemoAdmin | None:
    """None where there is a user already."""
    if await administration.has_users(accounts):
        return None
    admin = DemoAdmin(PHONE, secrets.token_urlsafe(12))
    try:
        await administration.create_admin(accounts, COMMAND_LINE, admin.phone, admin.password, "Demo administrator")
    except ConflictError:  # another process was faster
        return None
    return admin
