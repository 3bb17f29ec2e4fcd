"""Does a process of this container keep the index? Exit status 0 when one does; says why when none does."""

import asyncio
import os
import socket
import sys
from pathlib import Path

import asyncpg

_PATIENCE = 9  # seconds
_KEEPS = "SELECT FROM search_consumer WHERE host = $1 AND heartbeat > clock_timestamp() - interval '15 seconds'"


async def keeps_index() -> bool:
    connection = await asyncpg.connect(_database_url(), timeout=_PATIENCE, command_timeout=_PATIENCE)
    try:
        keeping = await connection.fetch(_KEEPS, socket.gethostname())
    finally:
        await connection.close(timeout=1)
    print(f"{len(keeping)} processes here keep the index.")
    return bool(keeping)


def _database_url() -> str:
    given = os.environ.get("KINOTEKA_DATABASE_URL")
    return given or (Path(os.environ["KINOTEKA_SECRETS"]) / "kinoteka_database_url").read_text().strip()


def main() -> int:
    try:
        return 0 if asyncio.run(keeps_index()) else 1
    except (OSError, asyncpg.PostgresError) as error:
        print(f"No answer: {error}")
        return 1


if __name__ == "__main__":
    sys.exit(main())
