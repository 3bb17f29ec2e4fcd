"""What each process that keeps the index tells of itself, for whoever looks at the feed."""

import os
import socket
from datetime import datetime, timedelta
from uuid import UUID, uuid4

import msgspec
from msgspec import Struct

from kinoteka.indexer.capture import Connection
from kinoteka.indexer.phases import Phases

SILENT = timedelta(seconds=15)
"""A process that said nothing for so long is gone."""


class Reporter(Struct, frozen=True):
    """This process, as others know it."""

    id: UUID
    host: str
    pid: int
    consumers: int


class ConsumerStatus(Struct, frozen=True):
    """A process that keeps the index. `phases`: seconds spent in each step by all its batches."""

    host: str
    pid: int
    consumers: int
    started_at: datetime
    heartbeat: datetime
    batches: int
    documents: int
    conflicts: int
    refused: int
    phases: dict[str, float]


_REPORT = """
INSERT INTO search_consumer AS c (id, host, pid, consumers, batches, documents, conflicts, refused, phases)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
ON CONFLICT (id) DO UPDATE SET heartbeat = clock_timestamp(), batches = excluded.batches,
    documents = excluded.documents, conflicts = excluded.conflicts, refused = excluded.refused, phases = excluded.phases
"""
_LIST = """
SELECT host, pid, consumers, started_at, heartbeat, batches, documents, conflicts, refused, phases FROM search_consumer
WHERE heartbeat > clock_timestamp() - $1::interval ORDER BY started_at
"""


def introduce(consumers: int) -> Reporter:
    return Reporter(uuid4(), socket.gethostname(), os.getpid(), consumers)


async def report(connection: Connection, reporter: Reporter, phases: Phases) -> None:
    """Also forgets those that are gone."""
    counts = phases.counts
    await connection.execute(
        _REPORT,
        *(reporter.id, reporter.host, reporter.pid, reporter.consumers),
        *(counts[name] for name in ("batches", "documents", "conflicts", "refused")),
        msgspec.json.encode(phases.totals).decode(),
    )
    await connection.execute("DELETE FROM search_consumer WHERE heartbeat < clock_timestamp() - $1::interval", SILENT)


async def list_consumers(connection: Connection) -> list[ConsumerStatus]:
    """Those heard of lately, oldest first."""
    rows = await connection.fetch(_LIST, SILENT)
    return [ConsumerStatus(**{**row, "phases": msgspec.json.decode(row["phases"])}) for row in rows]


async def leave(connection: Connection, reporter: Reporter) -> None:
    await connection.execute("DELETE FROM search_consumer WHERE id = $1", reporter.id)
