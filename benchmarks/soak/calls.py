"""Requests, each with a verdict: as it must be, excused by what was down, or a fault."""

import asyncio
from collections import Counter, defaultdict
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from random import Random
from time import monotonic
from typing import Any

import httpx
from msgspec import Struct

from benchmarks.soak.outages import Outage, Outages

TIMEOUT = 15.0
"""Seconds. PostgreSQL has two for an answer, Elasticsearch five here; the rest is a busy machine."""
PASSPHRASE = "three otters at noon"  # noqa: S105 - of accounts that live as long as the run
_SILENT = 3.0
"""Seconds after which a connection that nobody used is not used any more: a process that takes its leave ends it after
five."""
_BUSY = "busy machine"
_PROBLEM = "application/problem+json"

Check = Callable[[httpx.Response], str | None]
"""What is wrong with the body of a good answer."""


class Fault(Struct, frozen=True):
    """`at`: seconds since the beginning; `down`: what was, or had been a moment before."""

    at: float
    request: str
    what: str
    down: str
    answer: str = ""


@dataclass
class Records:
    """By the name of what was asked. `excused`: answers that said what was down, or that a killed process owed.

    `is_busy`: the machine does other things too, so 503 and late answers are excused whenever they come.
    """

    is_busy: bool = False

    began: float = field(default_factory=monotonic)
    answers: list[tuple[float, float]] = field(default_factory=list)
    """When each was asked for, and how long it took."""
    times: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    excused: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    faults: list[Fault] = field(default_factory=list)

    def add_answer(self, name: str, began: float, taken: float) -> None:
        self.answers.append((began, taken))
        self.times[name].append(taken)

    def add_fault(self, request: str, what: str, down: Collection[Outage] = (), answer: str = "") -> None:
        names = ", ".join(map(str, down)) or "nothing"
        self.faults.append(Fault(round(monotonic() - self.began, 1), request, what, names, answer[:500]))


@dataclass
class Caller:
    """Somebody who asks both hosts. `films`, `persons`: those that nobody else edits; `made`: films that it made."""

    name: str
    phone: str
    addresses: list[str]
    outages: Outages
    records: Records
    random: Random
    client: httpx.AsyncClient
    headers: dict[str, str] = field(default_factory=dict)
    films: list[str] = field(default_factory=list)
    persons: list[str] = field(default_factory=list)
    made: list[str] = field(default_factory=list)

    async def sign_in(self) -> dict[str, str] | None:
        """The tokens."""
        body = {"phone": self.phone, "password": PASSPHRASE}
        answer = await self.ask("sign-in", "POST", "/auth/login", needs={"postgres"}, json=body)
        return None if answer is None else answer.json()

    async def rest(self, seconds: float) -> None:
        await asyncio.sleep(self.random.uniform(0.5, 1.5) * seconds)

    async def ask(
        self,
        name: str,
        method: str,
        path: str,
        ok: Collection[int] = (200,),
        needs: Collection[str] = (),
        check: Check | None = None,
        **options: Any,
    ) -> httpx.Response | None:
        """None where there is no good answer. `needs`: without which of the servers it may be 503."""
        host = self.random.randrange(len(self.addresses))
        headers = self.headers | options.pop("headers", {})
        began = monotonic()
        try:
            answer = await self.client.request(
                method, f"{self.addresses[host]}/api/v1{path}", headers=headers, **options
            )
        except httpx.HTTPError as error:
            self._unanswered(name, f"{method} {path} at host {host + 1}", host, began, needs, error)
            return None
        ended = monotonic()
        self.records.add_answer(name, began, ended - began)
        down = self.outages.touching(began, ended)
        fault = self._judge(name, answer, ok, needs, down, check)
        if fault:
            self.records.add_fault(f"{method} {path} at host {host + 1}", fault, down, answer.text)
        return answer if answer.status_code in ok else None

    def _judge(
        self,
        name: str,
        answer: httpx.Response,
        ok: Collection[int],
        needs: Collection[str],
        down: Collection[Outage],
        check: Check | None,
    ) -> str | None:
        if answer.status_code in ok:
            return check(answer) if check else None
        if answer.headers.get("content-type") != _PROBLEM:
            return f"status {answer.status_code} without a problem"
        reasons = [str(outage) for outage in down if outage.what in needs] or [_BUSY] * self.records.is_busy
        if answer.status_code != 503 or not reasons:
            return f"status {answer.status_code}"
        if int(answer.headers.get("retry-after", 0)) < 1:
            return "503 without Retry-After"
        self.records.excused[name][reasons[0]] += 1
        return None

    def _unanswered(
        self, name: str, request: str, host: int, began: float, needs: Collection[str], error: httpx.HTTPError
    ) -> None:
        """A process that is killed, or stands still for longer than anybody waits, owes answers; so does one that had
        begun to send what a server then did not give."""
        down = self.outages.touching(began, monotonic())
        disturbed = [str(outage) for outage in down if outage.what == "api" and outage.how != "restarted" and host == 0]
        if isinstance(error, httpx.RemoteProtocolError) and "incomplete" in str(error):
            disturbed += [str(outage) for outage in down if outage.what in needs]
        if isinstance(error, httpx.TimeoutException) and self.records.is_busy:
            disturbed.append(_BUSY)
        if disturbed:
            self.records.excused[name][disturbed[0]] += 1
        else:
            waited = monotonic() - began
            self.records.add_fault(request, f"no answer in {waited:.1f} s: {type(error).__name__} {error}", down)


def make_client() -> httpx.AsyncClient:
    limits = httpx.Limits(max_connections=200, max_keepalive_connections=100, keepalive_expiry=_SILENT)
    return httpx.AsyncClient(timeout=TIMEOUT, limits=limits, trust_env=False)
