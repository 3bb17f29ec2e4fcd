"""How the index stands, as tables for a terminal."""

from datetime import datetime

from rich.table import Table

from kinoteka.indexer.consumers import ConsumerStatus
from kinoteka.indexer.dead_letters import DeadLetter
from kinoteka.indexer.phases import PHASES
from kinoteka.indexer.status import BuildStatus, FeedStatus


def make_status(status: FeedStatus) -> Table:
    table = Table(show_header=False)
    fast, slow = zip(status.depth, status.ages, strict=True)
    for name, value in (
        ("index", status.index_name or "none yet"),
        ("index before it, kept for a rollback", status.retired or "none"),
        ("kept in step by consumers", str(status.consumers) if status.consumers else "no"),
        ("direct changes that wait", _waiting(*fast)),
        ("slow changes that wait", _waiting(*slow)),
        ("full build needed", status.rebuild_reason or "no"),
        ("full build under way", _build(status.build) if status.build else "none"),
        ("documents refused", str(status.dead_letters)),
        ("last compared", _moment(status.reconciled_at) if status.reconciled_at else "never"),
        ("to be compared", status.reconcile or "by night"),
    ):
        table.add_row(name, value)
    return table


def _waiting(number: int, age: float) -> str:
    return f"{number:,}, the oldest for {age:.1f} s" if number else "none"


def _build(build: BuildStatus) -> str:
    left = "" if build.left is None else f", {build.left:.0f} s left"
    silent = f"; it has said nothing for {build.heartbeat:.0f} s" if build.heartbeat > 10 else ""
    return f"{build.done:,} of {build.total:,}, {build.rate:,.0f} a second{left}{silent}"


def make_processes(processes: list[ConsumerStatus]) -> Table:
    """Milliseconds of a batch, on average, by phase."""
    table = Table("process", "consumers", "since", "batches", "documents", "conflicts", "refused", *PHASES)
    for process in processes:
        counts = (process.batches, process.documents, process.conflicts, process.refused)
        spent = (1000 * process.phases.get(phase, 0.0) / max(1, process.batches) for phase in PHASES)
        table.add_row(
            f"{process.pid} on {process.host}",
            str(process.consumers),
            _moment(process.started_at),
            *(f"{count:,}" for count in counts),
            *(f"{each:.1f} ms" for each in spent),
        )
    return table


def make_letters(letters: list[DeadLetter]) -> Table:
    table = Table("kind", "id", "refused", "attempts", "next attempt", "reason")
    for letter in letters:
        moments = (_moment(letter.at), str(letter.attempts), _moment(letter.next_try))
        table.add_row(letter.kind, str(letter.id), *moments, f"{letter.status}: {letter.reason}")
    return table


def _moment(moment: datetime) -> str:
    return moment.astimezone().isoformat(" ", "seconds")
