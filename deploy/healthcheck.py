"""Is the Kinoteka in this container well? Exit status 0 when it is; says why when it is not.

Without a word: can the API answer. With «index»: does a process of this container keep the index.
"""

import asyncio
import os
import socket
import sys
from http.client import HTTPConnection
from pathlib import Path

import asyncpg

_PATIENCE = 4  # seconds
_KEEPS = """
SELECT FROM search_consumer WHERE host = $1 AND heartbeat > clock_timestamp() - interval '15 seconds'
"""


def is_ready() -> bool:
    connection = HTTPConnection("127.0.0.1", int(os.environ.get("KINOTEKA_PORT") or 8000), timeout=_PATIENCE)
    connection.request("GET", "/health/ready")
    answer = connection.getresponse()
    print(answer.read().decode())
    return answer.status == 200


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
        well = asyncio.run(keeps_index()) if sys.argv[1:] == ["index"] else is_ready()
    except (OSError, asyncpg.PostgresError) as error:
        print(f"No answer: {error}")
        return 1
    return 0 if well else 1


if __name__ == "__main__":
    sys.exit(main())
