"""Imports of own ratings and lists, row by row, so that each can be told of and undone"""

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

# `content` is the uploaded file until all of it is done. Who works on it holds a lease; a row is written in the
# transaction that does what it tells of, so that `done` rows are done, whenever the process dies.
TABLES = (
    """
    CREATE TABLE own_import (
        id uuid NOT NULL DEFAULT gen_random_uuid(),
        account_id uuid NOT NULL,
        source text NOT NULL,
        file_name text NOT NULL,
        dry_run boolean NOT NULL,
        state text NOT NULL DEFAULT 'waiting',
        content bytea,
        done integer NOT NULL DEFAULT 0,
        total integer NOT NULL,
        counts jsonb NOT NULL DEFAULT '{}',
        reason text,
        created_at timestamptz NOT NULL DEFAULT now(),
        finished_at timestamptz,
        undone_at timestamptz,
        holder uuid,
        lease_until timestamptz,
        attempts smallint NOT NULL DEFAULT 0,
        CONSTRAINT pk_own_import PRIMARY KEY (id),
        CONSTRAINT fk_own_import_account_id_account FOREIGN KEY (account_id) REFERENCES account (id) ON DELETE CASCADE,
        CONSTRAINT ck_own_import_state CHECK (state IN ('waiting', 'running', 'done', 'failed', 'undone')),
        CONSTRAINT ck_own_import_content
            CHECK ((content IS NULL) = (state IN ('done', 'failed', 'undone')))
    )
    """,
    "COMMENT ON COLUMN own_import.content IS 'the file, until it is done'",
    "COMMENT ON COLUMN own_import.done IS 'rows of the report that are written'",
    "COMMENT ON COLUMN own_import.holder IS 'the worker that has it, until lease_until'",
    "CREATE INDEX ix_own_import_account_id ON own_import (account_id, created_at DESC, id)",
    "CREATE INDEX ix_own_import_unfinished ON own_import (created_at) WHERE state IN ('waiting', 'running')",
    """
    CREATE TABLE own_import_row (
        import_id uuid NOT NULL,
        number integer NOT NULL,
        file text NOT NULL,
        line integer NOT NULL,
        list text NOT NULL,
        title text,
        year integer,
        external_id text,
        score smallint,
        at timestamptz,
        outcome text NOT NULL,
        reason text,
        film_id uuid,
        candidates jsonb NOT NULL DEFAULT '[]',
        score_before smallint,
        at_before timestamptz,
        CONSTRAINT pk_own_import_row PRIMARY KEY (import_id, number),
        CONSTRAINT fk_own_import_row_import_id_own_import
            FOREIGN KEY (import_id) REFERENCES own_import (id) ON DELETE CASCADE,
        CONSTRAINT ck_own_import_row_list CHECK (list IN ('ratings', 'favourites', 'wishlist')),
        CONSTRAINT ck_own_import_row_outcome CHECK (outcome IN
            ('added', 'changed', 'unchanged', 'duplicate', 'ambiguous', 'unmatched', 'refused'))
    )
    """,
    "COMMENT ON COLUMN own_import_row.line IS 'in the file; of JSON, the place in it'",
    "COMMENT ON COLUMN own_import_row.score IS 'in half points'",
    "COMMENT ON COLUMN own_import_row.at IS 'written as the time; the undo takes back what still says so'",
    "CREATE INDEX ix_own_import_row_film_id ON own_import_row (import_id, film_id)",
)


def upgrade() -> None:
    for statement in TABLES:
        op.execute(statement)


def downgrade() -> None:
    op.execute("DROP TABLE own_import_row")
    op.execute("DROP TABLE own_import")
