"""Is there anything in the database that a restore would touch?"""

import asyncpg

from kinoteka import migrations
from kinoteka.database import Database
from kinoteka.errors import ConflictError

# Rows that migrations, an indexer or the first start put there before there is any data; roles come with the schema,
# and nobody can add one before there is an account.
_OWN = """
'alembic_version', 'rating_weight', 'role', 'role_permission', 'permission_epoch', 'signing_key', 'attempt_count'
"""
_LOCKED_BY_MIGRATIONS = f"SELECT pg_advisory_xact_lock({migrations.LOCK})"

# One statement for both uses: a look, and the first step of the restore, in whose transaction nobody else can write.
_REFUSE_DATA = """
DO $$
DECLARE
    place regclass;
    filled boolean;
BEGIN
    FOR place IN
        SELECT oid FROM pg_class WHERE relnamespace = current_schema()::regnamespace AND relkind IN ('r', 'p')
        ORDER BY oid
    LOOP
        {lock}
        IF (SELECT relname NOT IN ({own}) AND relname NOT LIKE 'search\\_%' FROM pg_class WHERE oid = place) THEN
            EXECUTE format('SELECT EXISTS (SELECT FROM %s)', place) INTO filled;
            IF filled THEN
                RAISE EXCEPTION 'the database holds data, in table %', place USING ERRCODE = 'KT001';
            END IF;
        END IF;
    END LOOP;
    IF EXISTS (SELECT FROM pg_class WHERE relnamespace = current_schema()::regnamespace AND relkind IN ('r', 'p'))
       AND to_regclass('alembic_version') IS NULL THEN
        RAISE EXCEPTION 'the database has tables that are not Kinoteka''s' USING ERRCODE = 'KT001';
    END IF;
END $$;
"""
_LOCK_TABLE = "EXECUTE format('LOCK TABLE %s IN ACCESS EXCLUSIVE MODE', place);"

# What a migrated database without data consists of; all tables were found empty in the same transaction.
_DROP = """
DO $$
DECLARE
    command text;
    commands text[] := ARRAY(
        SELECT format('DROP TABLE IF EXISTS %I CASCADE', relname) FROM pg_class
        WHERE relnamespace = current_schema()::regnamespace AND relkind IN ('r', 'p')
        UNION ALL
        SELECT format('DROP SEQUENCE IF EXISTS %I CASCADE', relname) FROM pg_class AS c
        WHERE relnamespace = current_schema()::regnamespace AND relkind = 'S'
              AND NOT EXISTS (SELECT FROM pg_depend AS d WHERE d.objid = c.oid AND d.deptype IN ('a', 'i', 'e'))
        UNION ALL
        SELECT format('DROP FUNCTION IF EXISTS %s CASCADE', oid::regprocedure) FROM pg_proc AS p
        WHERE pronamespace = current_schema()::regnamespace
              AND NOT EXISTS (SELECT FROM pg_depend AS d WHERE d.objid = p.oid AND d.deptype = 'e'));
BEGIN
    FOREACH command IN ARRAY commands LOOP
        EXECUTE command;
    END LOOP;
END $$;
"""


class HoldsDataError(ConflictError):
    """A restore touches no store that holds data."""

    title, kind = "Holds data", "holds-data"


async def check_empty(database: Database) -> None:
    """Raises HoldsDataError."""
    connection = await database.connect(application_name="kinoteka-restore")
    try:
        await connection.execute(_REFUSE_DATA.format(own=_OWN, lock=""))
    except asyncpg.PostgresError as error:
        if error.sqlstate != "KT001":
            raise
        raise HoldsDataError(f"Nothing was restored: {error.args[0]}.") from None
    finally:
        await connection.close()


def clearing_script() -> str:
    """SQL, the beginning of a transaction: fails when there is data, else leaves no table."""
    return _LOCKED_BY_MIGRATIONS + ";\n" + _REFUSE_DATA.format(own=_OWN, lock=_LOCK_TABLE) + _DROP
