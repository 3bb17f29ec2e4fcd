"""SQL: which film of the catalogue each staged row is, what it becomes, and why some rows cannot be taken."""

from kinoteka.importers.staging import FIELDS


def _brought(name: str, new: str, old: str) -> str:
    return f"CASE WHEN s.fields & {FIELDS[name]} <> 0 THEN {new} ELSE {old} END"


# A row is the film of its id; without an id that of its external ids; without those that of its title and year.
RESOLVE = f"""
CREATE TEMP TABLE merge_film ON COMMIT DROP AS
WITH match AS (
    SELECT s.ref, coalesce(s.id, imdb.film_id, tmdb.film_id, same.id) AS id,
           imdb.film_id AS imdb_film, tmdb.film_id AS tmdb_film, same.films AS same_films
    FROM stage_film AS s
    LEFT JOIN film_external_id AS imdb ON imdb.source = 'imdb' AND imdb.value = s.imdb
    LEFT JOIN film_external_id AS tmdb ON tmdb.source = 'tmdb' AND tmdb.value = s.tmdb
    LEFT JOIN LATERAL (
        SELECT min(f.id::text)::uuid AS id, count(*) AS films FROM film AS f
        WHERE s.id IS NULL AND s.imdb IS NULL AND s.tmdb IS NULL
              AND f.title_key = s.title_key AND f.year = s.year AND f.deleted_at IS NULL) AS same ON true
)
SELECT s.ref, s.file, s.line, s.fields, f.id IS NOT NULL AS known, coalesce(m.id, gen_random_uuid()) AS id,
       s.id IS NULL AND s.imdb IS NULL AND s.tmdb IS NULL AS keyless, s.imdb, s.tmdb, s.title, s.title_key, s.year,
       {_brought("original_title", "s.original_title", "f.original_title")} AS original_title,
       {_brought("minutes", "s.minutes", "f.minutes")} AS minutes,
       CASE WHEN d.film IS NOT NULL THEN d.description
            ELSE {_brought("description", "s.description", "f.description")} END AS description,
       CASE WHEN r.film IS NOT NULL THEN r.rating
            ELSE {_brought("prior", "s.rating", "f.prior_rating")} END AS prior_rating,
       coalesce(CASE WHEN r.film IS NOT NULL THEN r.votes
                     ELSE {_brought("prior", "s.votes", "f.prior_votes")} END, 0) AS prior_votes,
       coalesce(s.created_at, now()) AS created_at, coalesce(s.updated_at, s.created_at, now()) AS updated_at,
       false AS changed,
       CASE WHEN f.deleted_at IS NOT NULL THEN 'deleted'
            WHEN m.imdb_film <> m.id OR m.tmdb_film <> m.id THEN 'external_id_taken'
            WHEN m.same_films > 1 THEN 'ambiguous_title'
       END AS refusal
FROM match AS m
JOIN stage_film AS s USING (ref)
LEFT JOIN film AS f ON f.id = m.id
LEFT JOIN stage_rating AS r ON r.film = s.ref
LEFT JOIN stage_description AS d ON d.film = s.ref
"""

# Only the first row of a film counts. IMDb's rows need no such check: their ids are seen once while they are read.
REFUSE_DUPLICATES = """
WITH place AS (
    SELECT ref, row_number() OVER (PARTITION BY id ORDER BY line) AS by_id,
           CASE WHEN imdb IS NOT NULL THEN row_number() OVER (PARTITION BY imdb ORDER BY line) END AS by_imdb,
           CASE WHEN tmdb IS NOT NULL THEN row_number() OVER (PARTITION BY tmdb ORDER BY line) END AS by_tmdb,
           CASE WHEN keyless AND NOT known
                THEN row_number() OVER (PARTITION BY title_key, year, known ORDER BY keyless, line) END AS by_title
    FROM merge_film WHERE refusal IS NULL
)
UPDATE merge_film AS m SET refusal = 'duplicate'
FROM place AS p WHERE p.ref = m.ref AND greatest(p.by_id, p.by_imdb, p.by_tmdb, p.by_title) > 1
"""

REFUSE_UNRESOLVED = """
UPDATE merge_film AS m SET refusal = fault.refusal
FROM (SELECT c.film, min(p.refusal) AS refusal FROM stage_credit AS c JOIN merge_person AS p ON p.ref = c.person
      WHERE p.refusal IS NOT NULL GROUP BY c.film
      UNION ALL
      SELECT s.film, 'unknown_genre' FROM stage_genre AS s
      WHERE s.name_key IS NULL
            AND NOT EXISTS (SELECT FROM merge_genre AS g WHERE g.wanted_id = s.id AND g.name_key IS NULL)
      GROUP BY s.film) AS fault
WHERE fault.film = m.ref AND m.refusal IS NULL
"""

REFUSALS = {
    "deleted": "this film was deleted here; restore it to import it again",
    "external_id_taken": "another film here has this external id",
    "ambiguous_title": "several films here have this title and year; give the id",
    "duplicate": "a film that an earlier row of this import brings",
    "unknown_person": "a person is given by an id that is not here, without a name",
    "ambiguous_person": "several persons here have this name; give the id",
    "unknown_genre": "a genre is given by an id that is not here, without a name",
}

MARK_CHANGED = """
UPDATE merge_film AS m SET changed = true
FROM film AS f
WHERE f.id = m.id AND m.refusal IS NULL
      AND ((f.title, f.title_key, f.original_title, f.description, f.year, f.minutes, f.prior_rating, f.prior_votes)
           IS DISTINCT FROM
           (m.title, m.title_key, m.original_title, m.description, m.year, m.minutes, m.prior_rating, m.prior_votes)
           OR EXISTS (SELECT FROM changed_list AS c WHERE c.film_id = m.id))
"""

COUNT = """
SELECT count(*) FILTER (WHERE NOT known AND refusal IS NULL) AS new, count(*) FILTER (WHERE changed) AS changed,
       count(*) FILTER (WHERE known AND NOT changed AND refusal IS NULL) AS unchanged
FROM merge_film
"""

# In the order of ids, so that the heap is, and a read by id range touches few pages.
INSERT = """
INSERT INTO film (id, title, title_key, original_title, description, year, minutes, prior_rating, prior_votes,
                  created_at, updated_at)
SELECT id, title, title_key, original_title, description, year, minutes, prior_rating, prior_votes,
       created_at, updated_at
FROM merge_film WHERE NOT known AND refusal IS NULL ORDER BY id
"""

UPDATE = """
UPDATE film AS f
SET title = m.title, title_key = m.title_key, original_title = m.original_title, description = m.description,
    year = m.year, minutes = m.minutes, prior_rating = m.prior_rating, prior_votes = m.prior_votes,
    version = f.version + 1, updated_at = now()
FROM merge_film AS m WHERE m.id = f.id AND m.changed
"""
