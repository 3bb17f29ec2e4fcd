"""Search feed: what the index must be told, written by triggers in the writer's own transaction"""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

# No UNIQUE and no ON CONFLICT on the outbox: writers would wait for the consumer, and an event that came while its
# predecessor was being worked on would be swallowed. `reach` 0: the document itself; 1: what others show of it changed,
# too; 2: it came or went, so that others count it or do not any more. The consumer finds these others after it has
# claimed the row: a trigger does not see links that another transaction has yet to commit.
TABLES = (
    """
    CREATE TABLE search_outbox (
        id bigint GENERATED ALWAYS AS IDENTITY,
        kind "char" NOT NULL,
        doc_id uuid NOT NULL,
        reach smallint NOT NULL DEFAULT 0,
        lane smallint NOT NULL DEFAULT 0,
        at timestamptz NOT NULL DEFAULT clock_timestamp(),
        CONSTRAINT pk_search_outbox PRIMARY KEY (id),
        CONSTRAINT ck_search_outbox_kind CHECK (kind IN ('f', 'p', 'g')),
        CONSTRAINT ck_search_outbox_reach CHECK (reach BETWEEN 0 AND 2),
        CONSTRAINT ck_search_outbox_lane CHECK (lane IN (0, 1))
    ) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000)
    """,
    "CREATE INDEX ix_search_outbox_lane_id ON search_outbox (lane, id)",
    "CREATE SEQUENCE search_version CACHE 1",
    """
    CREATE TABLE search_epoch (
        singleton integer NOT NULL DEFAULT 1,
        g bigint NOT NULL,
        CONSTRAINT pk_search_epoch PRIMARY KEY (singleton),
        CONSTRAINT ck_search_epoch_singleton CHECK (singleton = 1),
        CONSTRAINT ck_search_epoch_g CHECK (g BETWEEN 1 AND 8388607)
    )
    """,
    "INSERT INTO search_epoch (g) VALUES (1)",
    """
    CREATE TABLE search_target (
        index text NOT NULL,
        physical_name text NOT NULL,
        state text NOT NULL,
        mapping_hash text NOT NULL,
        heartbeat timestamptz NOT NULL DEFAULT clock_timestamp(),
        started_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        reconciled_at timestamptz,
        done bigint NOT NULL DEFAULT 0,
        total bigint NOT NULL DEFAULT 0,
        CONSTRAINT pk_search_target PRIMARY KEY (index, physical_name),
        CONSTRAINT ck_search_target_state CHECK (state IN ('building', 'live', 'retired'))
    )
    """,
    """
    CREATE TABLE search_dead_letter (
        index text NOT NULL,
        doc_id uuid NOT NULL,
        version bigint NOT NULL,
        status text NOT NULL,
        reason text NOT NULL,
        attempts integer NOT NULL DEFAULT 1,
        next_try timestamptz NOT NULL,
        CONSTRAINT pk_search_dead_letter PRIMARY KEY (index, doc_id),
        CONSTRAINT ck_search_dead_letter_index CHECK (index IN ('film', 'person', 'genre'))
    )
    """,
    """
    CREATE TABLE search_rebuild_request (
        id bigint GENERATED ALWAYS AS IDENTITY,
        reason text NOT NULL,
        transaction xid8 NOT NULL DEFAULT pg_current_xact_id(),
        at timestamptz NOT NULL DEFAULT clock_timestamp(),
        CONSTRAINT pk_search_rebuild_request PRIMARY KEY (id)
    )
    """,
)

# One row a transaction is enough. Rows, not a flag: a build deletes only those it saw when it began.
REBUILD_NEEDED = """
CREATE FUNCTION search_rebuild_needed(reason text DEFAULT 'asked for') RETURNS void LANGUAGE sql AS $$
    INSERT INTO search_rebuild_request (reason)
    SELECT reason WHERE NOT EXISTS (SELECT FROM search_rebuild_request WHERE transaction = pg_current_xact_id())
$$
"""
MARK = """
CREATE FUNCTION search_mark_rebuild() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM search_rebuild_needed(lower(TG_OP) || ' of ' || TG_TABLE_NAME);
    RETURN NULL;
END $$
"""
MARK_WEIGHT = """
CREATE FUNCTION search_mark_weight() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT m, c FROM new_rows EXCEPT SELECT m, c FROM old_rows) THEN
        PERFORM search_rebuild_needed('update of rating_weight');
    END IF;
    RETURN NULL;
END $$
"""

# With `SET LOCAL kinoteka.bulk = 'on'` a writer's changes ask for a rebuild instead of filling the outbox.
CAPTURE = """
    IF current_setting('kinoteka.bulk', true) = 'on' THEN
        IF EXISTS ({changes}) THEN
            PERFORM search_rebuild_needed('bulk change of ' || TG_TABLE_NAME);
        END IF;
    ELSE
        INSERT INTO search_outbox (kind, doc_id, reach, lane)
        SELECT kind, doc_id, reach, CASE WHEN count(*) OVER () > 2000 THEN 1 ELSE 0 END
        FROM (SELECT DISTINCT kind, doc_id, reach FROM ({changes}) AS change (kind, doc_id, reach)) AS event;
    END IF;
"""
FUNCTION = """
CREATE FUNCTION search_capture_{table}() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN {insert}
    ELSIF TG_OP = 'DELETE' THEN {delete}
    ELSE {update}
    END IF;
    RETURN NULL;
END $$
"""
TRANSITIONS = {
    "insert": "NEW TABLE AS new_rows",
    "delete": "OLD TABLE AS old_rows",
    "update": "OLD TABLE AS old_rows NEW TABLE AS new_rows",
}

# What a document shows of its own row; the rest of the row may change unnoticed.
SHOWN = {
    "film": (
        "f",
        (
            "title original_title description year minutes prior_rating prior_votes "
            "version created_at updated_at deleted_at"
        ),
    ),
    "person": ("p", "name date_of_birth date_of_death version deleted_at"),
    "genre": ("g", "name version deleted_at"),
}
# What others show of it.
NAMED = {"film": "title year", "person": "name", "genre": "name"}
# Columns of the links, and the documents whose ids are in them.
LINKS = {
    "film_genre": ("film_id position genre_id", {"f": "film_id", "g": "genre_id"}),
    "credit": ("film_id role position person_id character", {"f": "film_id", "p": "person_id"}),
    "alternative_title": ("film_id position title language", {"f": "film_id"}),
    "film_external_id": ("film_id source value", {"f": "film_id"}),
}


def _row(alias: str, columns: str) -> str:
    return "(" + ", ".join(f"{alias}.{column}" for column in columns.split()) + ")"


def _record_changes(table: str) -> dict[str, str]:
    kind, shown = SHOWN[table]
    came_or_went = "(o.deleted_at IS NULL) <> (n.deleted_at IS NULL)"
    renamed = f"{_row('o', NAMED[table])} IS DISTINCT FROM {_row('n', NAMED[table])}"
    counted = 2 if table == "film" else 1
    update = f"""
        SELECT '{kind}'::"char", coalesce(n.id, o.id),
               CASE WHEN {came_or_went} THEN {counted} WHEN {renamed} THEN 1 ELSE 0 END
        FROM old_rows AS o FULL JOIN new_rows AS n ON n.id = o.id
        WHERE o.id IS NULL OR n.id IS NULL OR {_row("o", shown)} IS DISTINCT FROM {_row("n", shown)}
    """
    return {
        "insert": f"SELECT '{kind}'::\"char\", id, 0 FROM new_rows",
        "delete": f"SELECT '{kind}'::\"char\", id, 0 FROM old_rows",
        "update": update,
    }


def _link_changes(table: str) -> dict[str, str]:
    columns, owners = LINKS[table]
    listed = ", ".join(columns.split())
    events = ", ".join(f"('{kind}'::\"char\", {column})" for kind, column in owners.items())
    select = "SELECT kind, doc_id, 0 FROM {rows} AS link "
    select += f"CROSS JOIN LATERAL (VALUES {events}) AS event (kind, doc_id)"
    changed = f"""((SELECT {listed} FROM old_rows EXCEPT SELECT {listed} FROM new_rows)
                   UNION ALL (SELECT {listed} FROM new_rows EXCEPT SELECT {listed} FROM old_rows))"""
    return {
        "insert": select.format(rows="new_rows"),
        "delete": select.format(rows="old_rows"),
        "update": select.format(rows=changed),
    }


def _capture(table: str, changes: dict[str, str]) -> None:
    branches = {operation: CAPTURE.format(changes=query) for operation, query in changes.items()}
    op.execute(FUNCTION.format(table=table, **branches))
    for operation, transition in TRANSITIONS.items():
        op.execute(
            f"CREATE TRIGGER search_{operation} AFTER {operation.upper()} ON {table} REFERENCING {transition} "
            f"FOR EACH STATEMENT EXECUTE FUNCTION search_capture_{table}()"
        )


def upgrade() -> None:
    for statement in (*TABLES, REBUILD_NEEDED, MARK, MARK_WEIGHT):
        op.execute(statement)
    for table in SHOWN:
        _capture(table, _record_changes(table))
    for table in LINKS:
        _capture(table, _link_changes(table))
    for table in (*SHOWN, *LINKS, "rating_weight"):
        op.execute(
            f"CREATE TRIGGER search_truncate AFTER TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION search_mark_rebuild()"
        )
    op.execute(
        f"CREATE TRIGGER search_update AFTER UPDATE ON rating_weight REFERENCING {TRANSITIONS['update']} "
        "FOR EACH STATEMENT EXECUTE FUNCTION search_mark_weight()"
    )
    op.execute(
        "CREATE TRIGGER search_insert_delete AFTER INSERT OR DELETE ON rating_weight "
        "FOR EACH STATEMENT EXECUTE FUNCTION search_mark_rebuild()"
    )
    # A catalogue from before this revision is in no index yet.
    op.execute("SELECT search_rebuild_needed('new search feed') FROM (SELECT FROM film LIMIT 1) AS any_film")


def downgrade() -> None:
    for table in (*SHOWN, *LINKS):
        op.execute(f"DROP FUNCTION search_capture_{table}() CASCADE")
    op.execute("DROP FUNCTION search_mark_rebuild() CASCADE")
    op.execute("DROP FUNCTION search_mark_weight() CASCADE")
    op.execute("DROP FUNCTION search_rebuild_needed(text)")
    for table in ("outbox", "epoch", "target", "dead_letter", "rebuild_request"):
        op.execute(f"DROP TABLE search_{table}")
    op.execute("DROP SEQUENCE search_version")
