"""The schema's history. `upgrade` brings a database to the newest revision, one process at a time."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from kinoteka.database import Database

LOCK = 0x6B696E6F  # "kino": the advisory lock that lets one process migrate


async def upgrade(database: Database) -> None:
    async with database.transaction() as connection:
        await connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
        await connection.run_sync(_upgrade)


async def revisions(database: Database) -> tuple[str | None, str | None]:
    """(the database's revision, the program's newest)."""
    async with database.transaction() as connection:
        return await connection.run_sync(_current), ScriptDirectory.from_config(_config()).get_current_head()


def is_known(revision: str) -> bool:
    """Whether this program can go on from a schema of that revision."""
    return any(script.revision == revision for script in ScriptDirectory.from_config(_config()).walk_revisions())


def _current(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    return config


def _upgrade(connection: Connection) -> None:
    config = _config()
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
