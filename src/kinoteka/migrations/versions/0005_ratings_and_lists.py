"""Ratings, with totals that many may raise at once; favourites and wishlists"""

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

# No account: the rating of somebody who left and let it stay. Both go with the film when it is purged.
RATING = (
    """
    CREATE TABLE rating (
        film_id uuid NOT NULL,
        account_id uuid,
        score smallint NOT NULL,
        rated_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT uq_rating_account_id_film_id UNIQUE (account_id, film_id),
        CONSTRAINT fk_rating_film_id_film FOREIGN KEY (film_id) REFERENCES film (id) ON DELETE CASCADE,
        CONSTRAINT fk_rating_account_id_account FOREIGN KEY (account_id) REFERENCES account (id) ON DELETE CASCADE,
        CONSTRAINT ck_rating_score CHECK (score BETWEEN 2 AND 20)
    )
    """,
    "CREATE INDEX ix_rating_film_id ON rating (film_id)",
    "COMMENT ON COLUMN rating.account_id IS 'null: the account is gone, and its owner let the rating stay'",
    "COMMENT ON COLUMN rating.score IS 'in half points: 2 is 1.0, 20 is 10.0'",
)
# A film's totals are the sums over its rows. There is no foreign key: the trigger below does what it would do, and a
# film that is being purged and an account that is being deleted would wait for each other by it.
TOTAL = (
    """
    CREATE TABLE rating_total (
        film_id uuid NOT NULL,
        shard smallint NOT NULL,
        votes integer NOT NULL,
        points bigint NOT NULL,
        scores integer[] NOT NULL,
        CONSTRAINT pk_rating_total PRIMARY KEY (film_id, shard),
        CONSTRAINT ck_rating_total_scores CHECK (cardinality(scores) = 19)
    ) WITH (fillfactor = 70)
    """,
    "COMMENT ON COLUMN rating_total.shard IS 'of the connection that counted: those of one film rarely meet'",
    "COMMENT ON COLUMN rating_total.points IS 'sum of the scores, in half points'",
    "COMMENT ON COLUMN rating_total.scores IS 'how often each score from 2 to 20; below 0 where others have more'",
)
ENTRY = (
    """
    CREATE TABLE list_entry (
        account_id uuid NOT NULL,
        list text NOT NULL,
        film_id uuid NOT NULL,
        added_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT pk_list_entry PRIMARY KEY (account_id, list, film_id),
        CONSTRAINT fk_list_entry_account_id_account FOREIGN KEY (account_id) REFERENCES account (id) ON DELETE CASCADE,
        CONSTRAINT fk_list_entry_film_id_film FOREIGN KEY (film_id) REFERENCES film (id) ON DELETE CASCADE,
        CONSTRAINT ck_list_entry_list CHECK (list IN ('favourites', 'wishlist'))
    )
    """,
    "CREATE INDEX ix_list_entry_film_id ON list_entry (film_id)",
)
# Films in the order of their ids, so that two writers of the same films wait for each other and never deadlock.
COUNT = """
CREATE FUNCTION rating_count(film_ids uuid[], half_points smallint[], signs integer[]) RETURNS void
LANGUAGE sql AS $$
    INSERT INTO rating_total AS t (film_id, shard, votes, points, scores)
    SELECT film_id, pg_backend_pid() % 32, sum(n), sum(n * score), array_agg(n ORDER BY score)
    FROM (SELECT film_id, s.score, coalesce(sum(sign) FILTER (WHERE c.score = s.score), 0)::integer AS n
          FROM unnest(film_ids, half_points, signs) AS c (film_id, score, sign)
          CROSS JOIN generate_series(2, 20) AS s (score) GROUP BY film_id, s.score) AS film_score
    WHERE EXISTS (SELECT FROM film WHERE id = film_id)
    GROUP BY film_id ORDER BY film_id
    ON CONFLICT (film_id, shard) DO UPDATE
    SET votes = t.votes + excluded.votes, points = t.points + excluded.points,
        scores = ARRAY(SELECT a + b FROM unnest(t.scores, excluded.scores) WITH ORDINALITY AS pair (a, b, place)
                       ORDER BY place);
$$
"""
CAPTURE = """
CREATE FUNCTION rating_capture() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    film_ids uuid[];
    half_points smallint[];
    signs integer[];
BEGIN
    IF TG_OP = 'INSERT' THEN
        SELECT array_agg(film_id), array_agg(score), array_agg(1) INTO film_ids, half_points, signs FROM new_rows;
    ELSIF TG_OP = 'DELETE' THEN
        SELECT array_agg(film_id), array_agg(score), array_agg(-1) INTO film_ids, half_points, signs FROM old_rows;
    ELSE
        SELECT array_agg(film_id), array_agg(score), array_agg(sign) INTO film_ids, half_points, signs
        FROM (SELECT film_id, score, sum(sign)::integer AS sign
              FROM (SELECT film_id, score, 1 AS sign FROM new_rows UNION ALL
                    SELECT film_id, score, -1 FROM old_rows) AS both_sides
              GROUP BY film_id, score HAVING sum(sign) <> 0) AS change;
    END IF;
    IF film_ids IS NOT NULL THEN
        PERFORM rating_count(film_ids, half_points, signs);
        PERFORM search_capture_rated(film_ids);
    END IF;
    RETURN NULL;
END $$
"""
# As the other documents' captures do: `SET LOCAL kinoteka.bulk = 'on'` asks for a rebuild instead.
RATED = """
CREATE FUNCTION search_capture_rated(film_ids uuid[]) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF current_setting('kinoteka.bulk', true) = 'on' THEN
        PERFORM search_rebuild_needed('bulk change of rating');
    ELSE
        INSERT INTO search_outbox (kind, doc_id, lane)
        SELECT 'f', film_id, CASE WHEN count(*) OVER () > 2000 THEN 1 ELSE 0 END
        FROM (SELECT DISTINCT film_id FROM unnest(film_ids) AS rated (film_id)) AS event;
    END IF;
END $$
"""
FORGET = """
CREATE FUNCTION rating_forget() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'TRUNCATE' THEN
        TRUNCATE rating_total;
    ELSE
        DELETE FROM rating_total WHERE film_id IN (SELECT id FROM old_rows);
    END IF;
    RETURN NULL;
END $$
"""
TRANSITIONS = {
    "insert": "NEW TABLE AS new_rows",
    "delete": "OLD TABLE AS old_rows",
    "update": "OLD TABLE AS old_rows NEW TABLE AS new_rows",
}
FORGETTING = (
    """
    CREATE TRIGGER rating_forget AFTER DELETE ON film REFERENCING OLD TABLE AS old_rows
    FOR EACH STATEMENT EXECUTE FUNCTION rating_forget()
    """,
    "CREATE TRIGGER rating_forget AFTER TRUNCATE ON rating FOR EACH STATEMENT EXECUTE FUNCTION rating_forget()",
    "CREATE TRIGGER search_truncate AFTER TRUNCATE ON rating FOR EACH STATEMENT EXECUTE FUNCTION search_mark_rebuild()",
)


def upgrade() -> None:
    for statement in (*RATING, *TOTAL, *ENTRY, COUNT, RATED, CAPTURE, FORGET):
        op.execute(statement)
    for operation, transition in TRANSITIONS.items():
        op.execute(
            f"CREATE TRIGGER rating_{operation} AFTER {operation.upper()} ON rating REFERENCING {transition} "
            "FOR EACH STATEMENT EXECUTE FUNCTION rating_capture()"
        )
    for statement in FORGETTING:
        op.execute(statement)


def downgrade() -> None:
    op.execute("DROP TRIGGER rating_forget ON film")
    for table in ("list_entry", "rating_total", "rating"):
        op.execute(f"DROP TABLE {table}")
    for function in ("rating_forget()", "rating_capture()", "search_capture_rated(uuid[])"):
        op.execute(f"DROP FUNCTION {function}")
    op.execute("DROP FUNCTION rating_count(uuid[], smallint[], integer[])")
