"""Totals of ratings: counted without planning the statement at every rating"""

from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

# PL/pgSQL keeps its plans as long as the connection lasts; a function in SQL plans its statement at every call, up to
# PostgreSQL 17 at least. Films in the order of their ids, so that two writers of the same films wait for each other and
# never deadlock. Scores are added up first: each row that a statement writes again costs all that it wrote before.
COUNT = """
CREATE OR REPLACE FUNCTION rating_count(film_ids uuid[], half_points smallint[], signs integer[]) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    change record;
BEGIN
    FOR change IN
        SELECT film, score, sum(sign)::integer AS n FROM unnest(film_ids, half_points, signs) AS c (film, score, sign)
        GROUP BY film, score HAVING sum(sign) <> 0 ORDER BY film
    LOOP
        INSERT INTO rating_total AS t (film_id, shard, votes, points, scores)
        SELECT change.film, pg_backend_pid() % 32, change.n, change.n * change.score,
               array_fill(0, ARRAY[change.score - 2]) || change.n || array_fill(0, ARRAY[20 - change.score])
        WHERE EXISTS (SELECT FROM film WHERE id = change.film)
        ON CONFLICT (film_id, shard) DO UPDATE
        SET votes = t.votes + excluded.votes, points = t.points + excluded.points,
            scores[change.score - 1] = t.scores[change.score - 1] + change.n;
    END LOOP;
END $$
"""
# As in revision 0005.
COUNT_BEFORE = """
CREATE OR REPLACE FUNCTION rating_count(film_ids uuid[], half_points smallint[], signs integer[]) RETURNS void
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


def upgrade() -> None:
    op.execute(COUNT)


def downgrade() -> None:
    op.execute(COUNT_BEFORE)
