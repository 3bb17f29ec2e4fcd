"""Is there a PostgreSQL that we can work with?"""

import asyncpg
from sqlalchemy.engine import make_url

from kinoteka.database import Database
from kinoteka.errors import UsageError

OLDEST, NEWEST = 15, 18
_PATIENCE = 10.0  # seconds


async def check_server(database: Database) -> str:
    """Its version. Raises UsageError when it does not answer, lets nobody in, or is too old."""
    try:
        connection = await database.connect(timeout=_PATIENCE)
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        reason = " ".join(str(error).split()) or type(error).__name__
        raise UsageError(
            f"PostgreSQL at {_place(database)} cannot be used: {reason}. Check KINOTEKA_DATABASE_URL."
        ) from error
    try:
        version = connection.get_server_version()
    finally:
        await connection.close()
    if version.major < OLDEST:
        raise UsageError(f"PostgreSQL at {_place(database)} is version {version.major}: use {OLDEST} to {NEWEST}.")
    return f"{version.major}.{version.minor}"


def _place(database: Database) -> str:
    """Host, port and database, without the password."""
    url = make_url(database.dsn)
    return f"{url.host or url.query.get('host', 'localhost')}:{url.port or 5432}/{url.database or ''}"
