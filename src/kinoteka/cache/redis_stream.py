"""The stream of tokens in Redis and the place in it that this process has read to."""

import asyncio
from collections.abc import Sequence
from hashlib import blake2b
from secrets import token_bytes
from typing import Any, NamedTuple

from kinoteka.cache.ledger import BEGINNING, Ledger
from kinoteka.cache.redis_link import open_redis
from kinoteka.cache.token_events import (
    UNREADABLE,
    AllRenewed,
    Event,
    Held,
    Released,
    Renewed,
    Settled,
    decode_event,
    encode_event,
)

_MOST_ENTRIES = 1000
_HISTORY = 200
"""Entries that a process which begins reads back: answers older than those it does not take over."""
_FIELD = b"e"

Mark = tuple[str, int]


class Entry(NamedTuple):
    id: bytes
    data: bytes


_NOTHING = Entry(b"0-0", b"")


class Stream:
    """Applies what it reads to `ledger`. Verbs raise what redis-py raises.

    `era`: of one life of one Redis; another server, a restart or a flush begins another. `generation`: of the local
    copy; another one means that the thread was lost and nothing known before counts.
    """

    def __init__(self, url: str, prefix: str, ledger: Ledger) -> None:
        self._redis = open_redis(url, self._connected)
        self._ledger = ledger
        self._key, self._held, self._era, self._beat = (
            f"{prefix}:tokens:{part}" for part in ("stream", "held", "era", "beat")
        )
        self._last = _NOTHING
        self._connected_anew = True
        self._turn = asyncio.Lock()  # an answer that was overtaken by a later one looks like a gap
        self.era = b""
        self.generation = 0
        self.position = BEGINNING

    async def close(self) -> None:
        await self._redis.aclose()

    async def read(self) -> None:
        """Everything that is new. The write beside it shows that others can be told, too: a full disk is an outage."""
        async with self._turn:
            if self._connected_anew or not await self._read_on() or self._connected_anew:
                await self._begin()

    async def _read_on(self) -> bool:
        async with self._redis.pipeline(transaction=False) as pipe:
            pipe.set(self._beat, b"", ex=60)
            pipe.xrange(self._key, min=self._last.id)
            _, entries = await pipe.execute()
        return self._take(entries)

    async def append(self, events: Sequence[Event], ended: Sequence[Mark] = (), held: Sequence[Mark] = ()) -> None:
        """Returns when it is applied here too."""
        async with self._turn:
            if self._connected_anew:
                await self._begin()
            if not self._take(await self._append(events, ended, held)):
                await self._begin()

    async def _append(self, events: Sequence[Event], ended: Sequence[Mark], held: Sequence[Mark]) -> list[Any]:
        async with self._redis.pipeline(transaction=True) as pipe:
            for event in events:
                pipe.xadd(self._key, {_FIELD: encode_event(event)}, maxlen=_MOST_ENTRIES)
            if held:
                pipe.sadd(self._held, *map(_member, held))
            if ended:
                pipe.srem(self._held, *map(_member, ended))
            pipe.xrange(self._key, min=self._last.id)
            *_, entries = await pipe.execute()
        return list(entries)

    async def held(self) -> list[Mark]:
        members: Any = await self._redis.smembers(self._held)
        return [_mark(member) for member in members]

    def apply_marks(self, event: Event) -> None:
        match event:
            case Held(names, holder):
                self._ledger.hold(names, holder)
            case Released(names, holder):
                self._ledger.release([(name, holder) for name in names])
            case Renewed(names, seen):
                self._ledger.release(self._ledger.marks(names, seen))
            case Settled(seen):
                self._ledger.release(self._ledger.marks(seen=seen))

    def _connected(self) -> None:
        """Perhaps to another Redis, or to one that forgot."""
        self._connected_anew = True

    async def _begin(self) -> None:
        self._connected_anew = False
        async with self._redis.pipeline(transaction=True) as pipe:
            pipe.info("server")
            pipe.set(self._era, token_bytes(16), nx=True)
            pipe.get(self._era)
            pipe.xrevrange(self._key, count=_HISTORY)
            pipe.smembers(self._held)
            info, _, name, entries, held = await pipe.execute()
        era = blake2b(info["run_id"].encode() + name, digest_size=16).digest()
        history = entries[::-1]
        if era == self.era and self._is_whole(history):
            self._apply(history)
        else:
            self._begin_anew(era, history, held)

    def _is_whole(self, history: list[Any]) -> bool:
        """Whether nothing between what was read last and this history can be missing."""
        if self._last is _NOTHING:
            return len(history) < _HISTORY
        return self._last in map(_entry, history)

    def _begin_anew(self, era: bytes, history: list[Any], held: set[bytes]) -> None:
        self.era = era
        self.generation += 1
        self._last, self.position = _NOTHING, BEGINNING
        self._ledger.renew_all(BEGINNING)
        if history:
            self._last = _entry(history[0])
            self.position = _position(self._last.id)
            self._ledger.renew_all(self.position)
        self._apply(history)
        for mark in map(_mark, held):
            self._ledger.hold([mark[0]], mark[1])

    def _take(self, entries: list[Any]) -> bool:
        """False when the thread is lost: what was read last is not there any more."""
        if self._last is not _NOTHING and (not entries or _entry(entries[0]) != self._last):
            return False
        self._apply(entries)
        return True

    def _apply(self, entries: list[Any]) -> None:
        for entry in map(_entry, entries):
            position = _position(entry.id)
            if position > self.position:
                self._last, self.position = entry, position
                self._apply_one(entry.data, position)

    def _apply_one(self, data: bytes, position: bytes) -> None:
        try:
            event = decode_event(data)
        except UNREADABLE:
            event = AllRenewed()
        if isinstance(event, Renewed):
            self._ledger.renew(event.names, position)
        elif isinstance(event, AllRenewed):
            self._ledger.renew_all(position)
        self.apply_marks(event)


def _entry(entry: Any) -> Entry:
    return Entry(entry[0], entry[1][_FIELD])


def _position(id_: bytes) -> bytes:
    """Bytes that are in the order of the ids: milliseconds and a number."""
    milliseconds, _, number = id_.partition(b"-")
    return int(milliseconds).to_bytes(8) + int(number).to_bytes(8)


def _member(mark: Mark) -> bytes:
    return f"{mark[1]} {mark[0]}".encode()


def _mark(member: bytes) -> Mark:
    holder, _, name = member.decode().partition(" ")
    return name, int(holder)
