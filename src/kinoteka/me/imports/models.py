"""What is stored of imports of own ratings and lists, constraints included."""

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    Table,
    Text,
    Uuid,
    desc,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from kinoteka.database import metadata

own_import = Table(
    "own_import",
    metadata,
    Column("id", Uuid, primary_key=True, server_default=func.gen_random_uuid()),
    Column("account_id", Uuid, ForeignKey("account.id", ondelete="CASCADE"), nullable=False),
    Column("source", Text, nullable=False),
    Column("file_name", Text, nullable=False),
    Column("dry_run", Boolean, nullable=False),
    Column("state", Text, nullable=False, server_default="waiting"),
    Column("content", LargeBinary, comment="the file, until it is done"),
    Column("done", Integer, nullable=False, server_default="0", comment="rows of the report that are written"),
    Column("total", Integer, nullable=False),
    Column("counts", JSONB, nullable=False, server_default="{}"),
    Column("reason", Text),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("finished_at", DateTime(timezone=True)),
    Column("undone_at", DateTime(timezone=True)),
    Column("holder", Uuid, comment="the worker that has it, until lease_until"),
    Column("lease_until", DateTime(timezone=True)),
    Column("attempts", SmallInteger, nullable=False, server_default="0"),
    CheckConstraint("state IN ('waiting', 'running', 'done', 'failed', 'undone')", name="state"),
    CheckConstraint("(content IS NULL) = (state IN ('done', 'failed', 'undone'))", name="content"),
    Index("ix_own_import_account_id", "account_id", desc("created_at"), "id"),
    Index("ix_own_import_unfinished", "created_at", postgresql_where=text("state IN ('waiting', 'running')")),
)

own_import_row = Table(
    "own_import_row",
    metadata,
    Column("import_id", Uuid, ForeignKey("own_import.id", ondelete="CASCADE"), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("file", Text, nullable=False),
    Column("line", Integer, nullable=False, comment="in the file; of JSON, the place in it"),
    Column("list", Text, nullable=False),
    Column("title", Text),
    Column("year", Integer),
    Column("external_id", Text),
    Column("score", SmallInteger, comment="in half points"),
    Column(
        "at",
        DateTime(timezone=True),
        comment="written as the time; the undo takes back what still says so",
    ),
    Column("outcome", Text, nullable=False),
    Column("reason", Text),
    Column("film_id", Uuid),
    Column("candidates", JSONB, nullable=False, server_default="[]"),
    Column("score_before", SmallInteger),
    Column("at_before", DateTime(timezone=True)),
    CheckConstraint("list IN ('ratings', 'favourites', 'wishlist')", name="list"),
    CheckConstraint(
        "outcome IN ('added', 'changed', 'unchanged', 'duplicate', 'ambiguous', 'unmatched', 'refused')",
        name="outcome",
    ),
    Index("ix_own_import_row_film_id", "import_id", "film_id"),
)
