"""Password hashes: argon2id in a few threads of low priority, so that a storm of sign-ins never slows readers."""

import asyncio
import os
import secrets
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import cache, cached_property
from typing import TypeVar

from argon2 import PasswordHasher, Type
from argon2.exceptions import InvalidHashError, VerificationError

from kinoteka.errors import UnavailableError
from kinoteka.settings import Settings

T = TypeVar("T")
_NICENESS = 10


class Hasher:
    """Hashes and verifies; more than `password_queue` that wait are refused."""

    def __init__(self, settings: Settings) -> None:
        self._mebibytes = settings.password_mebibytes
        self._argon = _argon(self._mebibytes)
        self._workers = settings.password_workers or max(1, (os.cpu_count() or 2) // 2)
        self._most = self._workers + settings.password_queue
        self._under_way = 0

    @cached_property
    def _threads(self) -> ThreadPoolExecutor:
        return ThreadPoolExecutor(self._workers, "password", initializer=_step_back)

    async def hash(self, password: str) -> str:
        """In PHC's string format, with its parameters. Raises UnavailableError when too many wait."""
        return await self._run(lambda: self._argon.hash(password))

    async def verify(self, stored: str | None, password: str) -> bool:
        """Where there is no hash one is made up, so that an unknown phone takes as long as a known one."""
        return await self._run(lambda: self._verify(stored, password))

    def is_outdated(self, stored: str) -> bool:
        return self._argon.check_needs_rehash(stored)

    def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def prepare(self) -> None:
        """Makes the dummy before the first unknown phone comes: that one must not take twice as long."""
        await self._run(lambda: _dummy(self._mebibytes))

    def _verify(self, stored: str | None, password: str) -> bool:
        try:
            return self._argon.verify(stored or _dummy(self._mebibytes), password) and stored is not None
        except (VerificationError, InvalidHashError):
            return False

    async def _run(self, work: Callable[[], T]) -> T:
        if self._under_way >= self._most:
            raise UnavailableError("Too many people are signing in; try again in a moment.", retry_after=1)
        self._under_way += 1
        future = asyncio.get_running_loop().run_in_executor(self._threads, work)
        future.add_done_callback(self._done)
        return await future

    def _done(self, _: object) -> None:
        self._under_way -= 1


def _argon(mebibytes: int) -> PasswordHasher:
    return PasswordHasher(time_cost=1, memory_cost=mebibytes * 1024, parallelism=1, type=Type.ID)


@cache
def _dummy(mebibytes: int) -> str:
    """Of a password that nobody knows: one for everything in a process that hashes as hard."""
    return _argon(mebibytes).hash(secrets.token_urlsafe())


def _step_back() -> None:
    """Linux keeps a niceness for each thread: the event loop goes first."""
    with suppress(OSError, AttributeError):
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICENESS)
