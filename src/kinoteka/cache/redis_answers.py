"""Answers that processes share through Redis.

What is asked within one turn of the event loop goes as one command: 15 µs a key where single commands cost 65,
measured with 32 at a time.
"""

import asyncio
from asyncio import Future, Task
from collections.abc import Coroutine
from typing import Any

from kinoteka.cache.breaker import Breaker
from kinoteka.cache.redis_link import FAILURES, open_redis
from kinoteka.cache.waits import PROMPT, Waits

LARGEST = 2**20
"""Bytes of one value."""
CLAIM = 1000
"""Milliseconds after which a claim ends by itself."""
_MOST_KEYS = 64
_MOST_WAITING = 4 * 2**20
_DELAY = 0.005
"""Seconds that writes wait for each other."""

Write = tuple[bytes, bytes | None, int]
"""Key, value and milliseconds; no value removes the key."""


class RedisAnswers:
    def __init__(self, url: str, prefix: str, waits: Waits = PROMPT) -> None:
        self._patience = waits.answers
        self._redis = open_redis(url)
        self._breaker = Breaker()
        self._prefix = prefix.encode() + b":answer:"
        self._claims = prefix.encode() + b":claim:"
        self._asked: dict[bytes, list[Future[bytes | None]]] = {}
        self._writes: list[Write] = []
        self._waiting_bytes = 0
        self._tasks: set[Task[None]] = set()

    @property
    def errors(self) -> int:
        return self._breaker.errors

    async def close(self) -> None:
        self._write()
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=1)
        await self._redis.aclose()

    async def find(self, key: bytes) -> bytes | None:
        if not self._breaker.allows:
            return None
        loop = asyncio.get_running_loop()
        future: Future[bytes | None] = loop.create_future()
        if not self._asked:
            loop.call_soon(self._ask)
        self._asked.setdefault(self._prefix + key, []).append(future)
        return await future

    def keep(self, key: bytes, value: bytes, seconds: float) -> None:
        if len(value) <= LARGEST and self._waiting_bytes + len(value) <= _MOST_WAITING and self._breaker.allows:
            self._put((self._prefix + key, value, int(seconds * 1000)))

    async def claim(self, key: bytes) -> bool:
        if not self._breaker.allows:
            return True
        try:
            async with asyncio.timeout(self._patience):
                claimed = await self._redis.set(self._claims + key, b"", nx=True, px=CLAIM)
        except FAILURES:
            self._breaker.failed()
            return True
        return bool(claimed)

    def release(self, key: bytes) -> None:
        self._put((self._claims + key, None, 0))

    def _ask(self) -> None:
        asked, self._asked = list(self._asked.items()), {}
        for start in range(0, len(asked), _MOST_KEYS):
            self._start(self._fetch(dict(asked[start : start + _MOST_KEYS])))

    async def _fetch(self, asked: dict[bytes, list[Future[bytes | None]]]) -> None:
        values: list[Any] = [None] * len(asked)
        try:
            async with asyncio.timeout(self._patience):
                values = await self._redis.mget(list(asked))
            self._breaker.succeeded()
        except FAILURES:
            self._breaker.failed()
        finally:
            for value, futures in zip(values, asked.values(), strict=True):
                for future in futures:
                    if not future.done():
                        future.set_result(value)

    def _put(self, write: Write) -> None:
        if not self._writes:
            asyncio.get_running_loop().call_later(_DELAY, self._write)
        self._writes.append(write)
        self._waiting_bytes += len(write[1] or b"")

    def _write(self) -> None:
        writes, self._writes, self._waiting_bytes = self._writes, [], 0
        if writes:
            self._start(self._send(writes))

    async def _send(self, writes: list[Write]) -> None:
        try:
            async with asyncio.timeout(self._patience * 4), self._redis.pipeline(transaction=False) as pipe:
                for key, value, milliseconds in writes:
                    if value is None:
                        pipe.delete(key)
                    else:
                        pipe.set(key, value, px=milliseconds)
                await pipe.execute()
        except FAILURES:
            self._breaker.failed()

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
