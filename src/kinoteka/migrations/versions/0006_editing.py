"""Editing: who changed what, which person is another one by now, answers that are kept with their row version"""

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

# No foreign keys: what is said here stays, whatever is purged and whoever leaves.
CHANGE = """
CREATE TABLE catalogue_change (
    id uuid NOT NULL DEFAULT gen_random_uuid(),
    at timestamptz NOT NULL DEFAULT clock_timestamp(),
    kind text NOT NULL,
    record_id uuid NOT NULL,
    version integer NOT NULL,
    action text NOT NULL,
    actor_id uuid,
    request_id text NOT NULL,
    changes jsonb NOT NULL,
    CONSTRAINT pk_catalogue_change PRIMARY KEY (id),
    CONSTRAINT ck_catalogue_change_kind CHECK (kind IN ('film', 'person', 'genre')),
    CONSTRAINT ck_catalogue_change_action
        CHECK (action IN ('create', 'change', 'delete', 'restore', 'merge', 'purge'))
)
"""
# A chain is never longer than one: a merge moves what led to the person who goes.
REDIRECT = """
CREATE TABLE person_redirect (
    old_id uuid NOT NULL,
    new_id uuid NOT NULL,
    CONSTRAINT pk_person_redirect PRIMARY KEY (old_id),
    CONSTRAINT fk_person_redirect_new_id_person FOREIGN KEY (new_id) REFERENCES person (id) ON DELETE CASCADE
)
"""
ONE_OF_A_SOURCE = """
CREATE UNIQUE INDEX uq_person_external_id_person_id_source ON person_external_id (person_id, source) WHERE NOT merged
"""
STATEMENTS = (
    CHANGE,
    "CREATE INDEX ix_catalogue_change_record_id ON catalogue_change (record_id, at DESC, id)",
    "COMMENT ON COLUMN catalogue_change.version IS 'row version that it left'",
    "COMMENT ON COLUMN catalogue_change.actor_id IS 'account; null: time did it'",
    "COMMENT ON COLUMN catalogue_change.changes IS 'by field: from, to'",
    REDIRECT,
    "CREATE INDEX ix_person_redirect_new_id ON person_redirect (new_id)",
    "ALTER TABLE person_external_id ADD COLUMN merged boolean NOT NULL DEFAULT false",
    "COMMENT ON COLUMN person_external_id.merged IS 'came with a merge: names the person, describes it no more'",
    "ALTER TABLE person_external_id DROP CONSTRAINT uq_person_external_id_person_id_source",
    ONE_OF_A_SOURCE,
    "CREATE INDEX ix_film_deleted_at ON film (deleted_at) WHERE deleted_at IS NOT NULL",
    "CREATE INDEX ix_person_deleted_at ON person (deleted_at) WHERE deleted_at IS NOT NULL",
    "ALTER TABLE deed ADD COLUMN version integer NOT NULL DEFAULT 0",
    "COMMENT ON COLUMN deed.version IS 'row version of what was answered; 0: none'",
)
BACK = (
    "ALTER TABLE deed DROP COLUMN version",
    "DROP INDEX ix_person_deleted_at",
    "DROP INDEX ix_film_deleted_at",
    "DROP INDEX uq_person_external_id_person_id_source",
    "DELETE FROM person_external_id WHERE merged",
    "ALTER TABLE person_external_id DROP COLUMN merged",
    "ALTER TABLE person_external_id ADD CONSTRAINT uq_person_external_id_person_id_source UNIQUE (person_id, source)",
    "DROP TABLE person_redirect",
    "DROP TABLE catalogue_change",
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    for statement in BACK:
        op.execute(statement)
