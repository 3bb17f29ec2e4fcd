"""What is in the tables of a database: counted and summed up, so that a restored one can be held against it."""

from kinoteka.indexer.capture import Connection
from kinoteka.ops.backup.manifest import TableFacts

# How values look as text depends on these.
_PLAIN = (
    "SET LOCAL DateStyle = 'ISO, YMD'",
    "SET LOCAL IntervalStyle = 'postgres'",
    "SET LOCAL TimeZone = 'UTC'",
    "SET LOCAL extra_float_digits = 1",
    "SET LOCAL bytea_output = 'hex'",
)
_TABLES = """
SELECT relname FROM pg_class
WHERE relnamespace = current_schema()::regnamespace AND relkind IN ('r', 'p') AND relpersistence = 'p' ORDER BY 1
"""
_FACTS = """
SELECT count(*) AS rows, coalesce(sum(hashtextextended(t::text, 0)::numeric), 0)::text AS checksum FROM {table} AS t
"""


async def list_tables(connection: Connection) -> list[str]:
    """Of the schema that Kinoteka's are in; not those that PostgreSQL itself empties after a crash."""
    return [row["relname"] for row in await connection.fetch(_TABLES)]


async def get_facts(connection: Connection, table: str) -> TableFacts:
    """In a transaction that is under way."""
    for statement in _PLAIN:
        await connection.execute(statement)
    row = await connection.fetchrow(_FACTS.format(table=f'"{table}"'))
    assert row  # noqa: S101 - an aggregate has a row
    return TableFacts(row["rows"], row["checksum"])
