"""Several consumers: what a build must remember to be gone on with, what a start compares, who is at work"""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

# `version`: what a build's stream is written with, 0 until it may begin; `done_kind`, `done_id`: everything up to there
# is in it; `requests`: those it fulfils. `acknowledged`: the highest version of a document known to be in the index;
# `reconcile`: why index and database must be compared, if they must.
TARGETS = """
ALTER TABLE search_target
    ADD COLUMN version bigint NOT NULL DEFAULT 0,
    ADD COLUMN done_kind text,
    ADD COLUMN done_id uuid,
    ADD COLUMN requests bigint[] NOT NULL DEFAULT '{}',
    ADD COLUMN acknowledged bigint NOT NULL DEFAULT 0,
    ADD COLUMN reconcile text,
    ADD COLUMN retired_at timestamptz,
    ADD CONSTRAINT ck_search_target_done_kind CHECK (done_kind IN ('film', 'person', 'genre')),
    ADD CONSTRAINT ck_search_target_retired_at CHECK ((state = 'retired') = (retired_at IS NOT NULL))
"""
# Nearly every change of a film changes how many films a genre has. Whoever holds this row counts them.
GENRE_PACE = """
CREATE TABLE search_genre_pace (
    singleton integer NOT NULL DEFAULT 1,
    due timestamptz NOT NULL DEFAULT '-infinity',
    CONSTRAINT pk_search_genre_pace PRIMARY KEY (singleton),
    CONSTRAINT ck_search_genre_pace_singleton CHECK (singleton = 1)
)
"""
# What each process that keeps the index tells of itself; nothing depends on it.
CONSUMERS = """
CREATE UNLOGGED TABLE search_consumer (
    id uuid NOT NULL,
    host text NOT NULL,
    pid integer NOT NULL,
    consumers integer NOT NULL,
    started_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    heartbeat timestamptz NOT NULL DEFAULT clock_timestamp(),
    batches bigint NOT NULL DEFAULT 0,
    documents bigint NOT NULL DEFAULT 0,
    conflicts bigint NOT NULL DEFAULT 0,
    refused bigint NOT NULL DEFAULT 0,
    phases jsonb NOT NULL DEFAULT '{}',
    CONSTRAINT pk_search_consumer PRIMARY KEY (id)
)
"""


def upgrade() -> None:
    op.execute("DELETE FROM search_target WHERE state <> 'live'")
    for statement in (TARGETS, GENRE_PACE, "INSERT INTO search_genre_pace DEFAULT VALUES", CONSUMERS):
        op.execute(statement)
    op.execute("ALTER TABLE search_dead_letter ADD COLUMN at timestamptz NOT NULL DEFAULT clock_timestamp()")


def downgrade() -> None:
    op.execute("ALTER TABLE search_dead_letter DROP COLUMN at")
    op.execute("DROP TABLE search_consumer")
    op.execute("DROP TABLE search_genre_pace")
    op.execute("DELETE FROM search_target WHERE state <> 'live'")
    op.execute("ALTER TABLE search_target DROP CONSTRAINT ck_search_target_retired_at")
    for column in ("version", "done_kind", "done_id", "requests", "acknowledged", "reconcile", "retired_at"):
        op.execute(f"ALTER TABLE search_target DROP COLUMN {column}")
