"""Everybody who uses the site at once, each with an account and habits of its own."""

import asyncio
import sys
from asyncio.subprocess import DEVNULL, PIPE, create_subprocess_exec
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from random import Random

import httpx

from benchmarks.serving import ServerError
from benchmarks.soak.calls import PASSPHRASE, Caller, Records, make_client
from benchmarks.soak.editors import EDITS
from benchmarks.soak.outages import Outages
from benchmarks.soak.readers import READS
from benchmarks.soak.viewers import VIEWS, import_file, visit
from benchmarks.soak.world import World
from benchmarks.stack import environment
from kinoteka.settings import Settings

Deed = Callable[[Caller, World], Awaitable[None]]
IsOver = Callable[[], bool]


@dataclass(frozen=True)
class Habit:
    """So many who do this, with such a pause between two deeds (seconds, on average)."""

    name: str
    people: int
    pause: float
    deeds: Sequence[tuple[Deed, float]]
    is_editor: bool = False


HABITS = (
    Habit("reader", 6, 0.15, READS),
    Habit("viewer", 4, 0.2, VIEWS),
    Habit("editor", 2, 0.3, EDITS, is_editor=True),
    Habit("importer", 1, 4, [(import_file, 1)]),
    Habit("visitor", 1, 1.5, [(visit, 1)]),
)


@dataclass
class Crowd:
    callers: list[tuple[Habit, Caller]]
    client: httpx.AsyncClient

    async def use(self, world: World, is_over: IsOver) -> None:
        """Ends with the last deeds begun before it is over. A fault of a deed itself is a fault of the run."""
        async with asyncio.TaskGroup() as group:
            for habit, caller in self.callers:
                group.create_task(_live(habit, caller, world, is_over))

    async def close(self) -> None:
        await self.client.aclose()


async def _live(habit: Habit, caller: Caller, world: World, is_over: IsOver) -> None:
    deeds, weights = zip(*habit.deeds, strict=True)
    while not is_over():
        deed = caller.random.choices(deeds, weights)[0]
        try:
            await deed(caller, world)
        except (KeyError, TypeError, ValueError, TimeoutError) as error:  # of reading an answer
            caller.records.add_fault(f"{habit.name}: {deed.__name__}", f"{type(error).__name__}: {error}")
        await caller.rest(habit.pause)


async def gather(
    settings: Settings,
    addresses: list[str],
    outages: Outages,
    records: Records,
    world: World,
    habits: Sequence[Habit] = HABITS,
) -> Crowd:
    """Registers them all, and signs them in."""
    client = make_client()
    people = [(habit, number) for habit in habits for number in range(1, habit.people + 1)]
    callers = []
    for place, (habit, number) in enumerate(people):
        phone, random = f"+38050{place:07d}", Random(world.random.random())
        caller = Caller(f"{habit.name} {number}", phone, addresses, outages, records, random, client)
        await _let_in(settings, caller, habit)
        callers.append((habit, caller))
    _share_out([caller for habit, caller in callers if habit.is_editor], world)
    return Crowd(callers, client)


async def _let_in(settings: Settings, caller: Caller, habit: Habit) -> None:
    if habit.is_editor:
        await _create_admin(settings, caller.phone)
    else:
        body = {"phone": caller.phone, "password": PASSPHRASE}
        await caller.ask("registration", "POST", "/auth/register", ok=(201,), json=body)
    tokens = await caller.sign_in()
    if tokens is None:
        raise ServerError(f"The {caller.name} cannot sign in: {caller.records.faults}")
    caller.headers["Authorization"] = f"Bearer {tokens['access_token']}"


async def _create_admin(settings: Settings, phone: str) -> None:
    process = await create_subprocess_exec(
        *(sys.executable, "-m", "kinoteka", "users", "create-admin", phone),
        env=environment(settings),
        stdin=PIPE,
        stdout=DEVNULL,
    )
    await process.communicate(f"{PASSPHRASE}\n".encode())
    if process.returncode:
        raise ServerError("There is no administrator to edit with.")


def _share_out(editors: list[Caller], world: World) -> None:
    for number, editor in enumerate(editors):
        editor.films = world.films[number :: len(editors)]
        editor.persons = world.persons[number :: len(editors)][:200]
