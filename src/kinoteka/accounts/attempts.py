"""Attempts counted in PostgreSQL, each by one statement: N at once over any number of processes count as N."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from kinoteka.accounts.secrets import Secrets
from kinoteka.cache.rate_limits import Limit, Quota
from kinoteka.database import Database
from kinoteka.errors import TooManyRequestsError
from kinoteka.web.rate_limit import quota_headers

FORGOTTEN = 86_400
"""Seconds after which failures count no more."""
_PURPOSE = "attempts"


@dataclass(frozen=True)
class Allowance:
    """`free` failures without delay; then one try after 1, 2, 4 … seconds, at most `longest`: never locked for ever."""

    name: str
    free: int
    longest: int


@dataclass(frozen=True)
class Counter:
    """What is counted; its key is a keyed hash, so that a copy of the table names nobody."""

    allowance: Allowance
    key: bytes


def make_counter(secrets: Secrets, allowance: Allowance, *parts: str | bytes) -> Counter:
    return Counter(allowance, _key(secrets, allowance.name, parts))


def _key(secrets: Secrets, name: str, parts: Sequence[str | bytes]) -> bytes:
    raw = [part.encode() if isinstance(part, str) else part for part in (name, *parts)]
    return secrets.digest(_PURPOSE, *raw)


# A refused attempt changes nothing but the number of all: who keeps knocking does not make the wait longer. The
# statement's own time, not the clock's: one value in all places. −infinity: no wait, whoever read the clock first.
_COUNT = """
INSERT INTO attempt_count AS c (key, attempts, failures, admitted, next_at, expires_at)
VALUES (:key, 1, 1, true, {wait_of_first}, statement_timestamp() + make_interval(secs => :forgotten))
ON CONFLICT (key) DO UPDATE SET
    attempts = CASE WHEN {over} THEN 1 ELSE c.attempts + 1 END,
    failures = CASE WHEN {over} THEN 1 WHEN {early} THEN c.failures ELSE c.failures + 1 END,
    admitted = {over} OR NOT {early},
    next_at = CASE WHEN {over} THEN {wait_of_first} WHEN {early} THEN c.next_at ELSE {wait} END,
    expires_at = CASE WHEN {early} AND NOT {over} THEN c.expires_at
                 ELSE statement_timestamp() + make_interval(secs => :forgotten) END
RETURNING admitted,
    CASE WHEN next_at > clock_timestamp() THEN extract(epoch FROM next_at - clock_timestamp()) ELSE 0 END AS wait
"""


def _wait_after(failures: str) -> str:
    seconds = f"least(:longest, power(2, least({failures} - :free, 30)))"
    return (
        f"CASE WHEN {failures} < :free THEN '-infinity'::timestamptz "
        f"ELSE statement_timestamp() + make_interval(secs => {seconds}) END"
    )


_COUNT_ATTEMPT = text(
    _COUNT.format(
        over="(c.expires_at <= statement_timestamp())",
        early="(c.next_at > statement_timestamp())",
        wait_of_first=_wait_after("1"),
        wait=_wait_after("(c.failures + 1)"),
    )
)


async def admit(database: Database, counters: Sequence[Counter]) -> None:
    """Counts a try before it is made. Raises TooManyRequestsError when one of the counters refuses it.

    Counters of many clients come before those of few in every call, so that transactions never wait for each other in
    a circle. A try that is refused by one is a failure to none.
    """
    try:
        async with database.answering() as connection:
            for counter in counters:
                await _count(connection, counter)
    except TooManyRequestsError:
        await _note_refused(database, counters)
        raise


async def _count(connection: AsyncConnection, counter: Counter) -> None:
    allowance = counter.allowance
    given = {
        "key": counter.key,
        "free": allowance.free,
        "longest": float(allowance.longest),
        "forgotten": float(FORGOTTEN),
    }
    row = (await connection.execute(_COUNT_ATTEMPT, given)).one()
    if not row.admitted:
        wait = max(1, ceil(row.wait))
        quota = Quota(Limit(allowance.name, allowance.free, FORGOTTEN), 0, wait, True)
        raise TooManyRequestsError(f"Too many attempts; try again in {wait} s.", wait, quota_headers(quota))


async def _note_refused(database: Database, counters: Sequence[Counter]) -> None:
    noting = text("UPDATE attempt_count SET attempts = attempts + 1 WHERE key = ANY(:keys)")
    async with database.answering() as connection:
        for counter in counters:
            await connection.execute(noting, {"keys": [counter.key]})


async def take_back(connection: AsyncConnection, counters: Sequence[Counter]) -> None:
    """The try was none, or it was right: what others did still counts."""
    taking = text(
        "UPDATE attempt_count SET failures = greatest(failures - 1, 0), "
        "next_at = CASE WHEN failures <= :free THEN '-infinity' ELSE next_at END WHERE key = :key"
    )
    for counter in counters:
        await connection.execute(taking, {"key": counter.key, "free": counter.allowance.free})


async def forget(connection: AsyncConnection, counter: Counter) -> None:
    await connection.execute(text("DELETE FROM attempt_count WHERE key = :key"), {"key": counter.key})


_COUNT_REQUEST = text(
    """
    INSERT INTO attempt_count AS c (key, attempts, failures, admitted, next_at, expires_at)
    VALUES (:key, 1, 0, true, '-infinity', statement_timestamp() + make_interval(secs => :window))
    ON CONFLICT (key) DO UPDATE SET
        attempts = CASE WHEN c.expires_at <= statement_timestamp() THEN 1 ELSE c.attempts + 1 END,
        expires_at = CASE WHEN c.expires_at <= statement_timestamp()
                     THEN statement_timestamp() + make_interval(secs => :window) ELSE c.expires_at END
    RETURNING attempts, extract(epoch FROM expires_at - clock_timestamp()) AS wait
    """
)


async def count_request(database: Database, secrets: Secrets, limit: Limit, *parts: str | bytes) -> None:
    """At most `quota` in each window. Raises TooManyRequestsError."""
    if not limit.quota:
        return
    given = {"key": _key(secrets, limit.name, parts), "window": float(limit.window)}
    async with database.answering() as connection:
        row = (await connection.execute(_COUNT_REQUEST, given)).one()
    if row.attempts > limit.quota:
        wait = max(1, ceil(row.wait))
        raise TooManyRequestsError(
            f"Too many requests; try again in {wait} s.", wait, quota_headers(Quota(limit, 0, wait, True))
        )
