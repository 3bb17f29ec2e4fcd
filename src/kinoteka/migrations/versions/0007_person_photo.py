"""Photos of persons: which one a person has, and the search feed told when it is another"""

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

COLUMN = (
    "ALTER TABLE person ADD COLUMN photo text, ADD CONSTRAINT ck_person_photo CHECK (photo ~ '^[0-9a-f]{40}$')",
    "COMMENT ON COLUMN person.photo IS 'names the objects photos/<photo>/<size>.webp'",
    "CREATE INDEX ix_person_photo ON person (photo) WHERE photo IS NOT NULL",
)

SHOWN = "name date_of_birth date_of_death version deleted_at"
# As in revision 0002, for one table and one more column.
CAPTURE = """
    IF current_setting('kinoteka.bulk', true) = 'on' THEN
        IF EXISTS ({changes}) THEN
            PERFORM search_rebuild_needed('bulk change of person');
        END IF;
    ELSE
        INSERT INTO search_outbox (kind, doc_id, reach, lane)
        SELECT kind, doc_id, reach, CASE WHEN count(*) OVER () > 2000 THEN 1 ELSE 0 END
        FROM (SELECT DISTINCT kind, doc_id, reach FROM ({changes}) AS change (kind, doc_id, reach)) AS event;
    END IF;
"""
FUNCTION = """
CREATE OR REPLACE FUNCTION search_capture_person() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN {insert}
    ELSIF TG_OP = 'DELETE' THEN {delete}
    ELSE {update}
    END IF;
    RETURN NULL;
END $$
"""
UPDATE = """
    SELECT 'p'::"char", coalesce(n.id, o.id),
           CASE WHEN (o.deleted_at IS NULL) <> (n.deleted_at IS NULL) OR o.name IS DISTINCT FROM n.name
                THEN 1 ELSE 0 END
    FROM old_rows AS o FULL JOIN new_rows AS n ON n.id = o.id
    WHERE o.id IS NULL OR n.id IS NULL OR {old} IS DISTINCT FROM {new}
"""


def upgrade() -> None:
    for statement in COLUMN:
        op.execute(statement)
    _capture(f"{SHOWN} photo")


def downgrade() -> None:
    _capture(SHOWN)
    op.execute("ALTER TABLE person DROP COLUMN photo")


def _capture(shown: str) -> None:
    changes = {
        "insert": "SELECT 'p'::\"char\", id, 0 FROM new_rows",
        "delete": "SELECT 'p'::\"char\", id, 0 FROM old_rows",
        "update": UPDATE.format(old=_row("o", shown), new=_row("n", shown)),
    }
    op.execute(FUNCTION.format(**{operation: CAPTURE.format(changes=query) for operation, query in changes.items()}))


def _row(alias: str, columns: str) -> str:
    return "(" + ", ".join(f"{alias}.{column}" for column in columns.split()) + ")"
