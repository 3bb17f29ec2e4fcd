"""How a command comes by the accounts, and nothing else: it starts in half the time."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import TypeVar

from kinoteka.accounts.context import Accounts, open_accounts
from kinoteka.cli.connection import connect
from kinoteka.settings import Settings
from kinoteka.web import logging

T = TypeVar("T")


@asynccontextmanager
async def connect_accounts(settings: Settings) -> AsyncIterator[Accounts]:
    """Raises UsageError without a secret key. What is done is in the audit; the log tells of trouble only."""
    logging.configure(settings.model_copy(update={"log_level": "warning"}))
    async with connect(settings) as database, open_accounts(settings, database) as accounts:
        await accounts.prepare()
        yield accounts


async def with_accounts(settings: Settings, work: Callable[[Accounts], Awaitable[T]]) -> T:
    async with connect_accounts(settings) as accounts:
        return await work(accounts)
