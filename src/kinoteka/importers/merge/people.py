"""SQL: which person of the catalogue each staged reference is, and which credits and genres follow."""

# By id or by IMDb's id. Who was merged is the one who stayed, whom a second IMDb id describes no more. A less precise
# date never replaces a more precise one of the same year, and IMDb's silence never erases; a death before the birth is
# left out.
RESOLVE_KEYED = """
CREATE TEMP TABLE merge_person ON COMMIT DROP AS
SELECT w.ref, w.imdb, p.id IS NOT NULL AS known, p.deleted_at IS NOT NULL AS deleted,
       coalesce(p.id, w.id, gen_random_uuid()) AS id, coalesce(w.name, p.name) AS name,
       d.born AS date_of_birth, CASE WHEN d.died >= d.born OR d.born IS NULL THEN d.died END AS date_of_death,
       CASE WHEN p.id IS NULL AND w.name IS NULL THEN 'unknown_person' END AS refusal,
       w.imdb IS NOT NULL AND x.merged IS NOT TRUE AND p.deleted_at IS NULL
           AND (p.name, p.date_of_birth, p.date_of_death) IS DISTINCT FROM
               (w.name, d.born, CASE WHEN d.died >= d.born OR d.born IS NULL THEN d.died END)
           AND p.id IS NOT NULL AS changed
FROM (SELECT DISTINCT ON (ref) * FROM stage_person WHERE id IS NOT NULL OR imdb IS NOT NULL
      ORDER BY ref, name IS NULL, line) AS w
LEFT JOIN person_external_id AS x ON x.source = 'imdb' AND x.value = w.imdb
LEFT JOIN person_redirect AS r ON r.old_id = w.id
LEFT JOIN person AS p ON p.id = coalesce(r.new_id, w.id, x.person_id)
CROSS JOIN LATERAL (
    SELECT CASE WHEN left(p.date_of_birth, 4) = w.date_of_birth THEN p.date_of_birth
                ELSE coalesce(w.date_of_birth, p.date_of_birth) END AS born,
           CASE WHEN left(p.date_of_death, 4) = w.date_of_death THEN p.date_of_death
                ELSE coalesce(w.date_of_death, p.date_of_death) END AS died) AS d
"""

RESOLVE_NAMED = """
INSERT INTO merge_person (ref, imdb, known, deleted, id, name, refusal, changed)
SELECT w.ref, NULL, coalesce(c.known, false), false, coalesce(c.id, gen_random_uuid()), w.name,
       CASE WHEN c.persons > 1 THEN 'ambiguous_person' END, false
FROM (SELECT DISTINCT ON (ref) ref, name FROM stage_person WHERE id IS NULL AND imdb IS NULL ORDER BY ref, line) AS w
LEFT JOIN (SELECT name, min(id::text)::uuid AS id, bool_or(known) AS known, count(DISTINCT id) AS persons
           FROM (SELECT name, id, true AS known FROM person WHERE deleted_at IS NULL
                       AND name IN (SELECT name FROM stage_person WHERE id IS NULL AND imdb IS NULL)
                 UNION ALL SELECT name, id, false FROM merge_person WHERE NOT known AND name IS NOT NULL) AS candidate
           GROUP BY name) AS c ON c.name = w.name
"""

# The first of a person's credits in a role counts; later ones from the same file are reported.
CREDITS = """
CREATE TEMP TABLE merge_credit ON COMMIT DROP AS
SELECT film_id, role, row_number() OVER (PARTITION BY film_id, role ORDER BY position, person_id) - 1 AS rank,
       person_id, character
FROM (SELECT f.id AS film_id, c.role, c.position, p.id AS person_id, c.character,
             row_number() OVER (PARTITION BY f.id, c.role, p.id ORDER BY c.position) AS occurrence
      FROM stage_credit AS c
      JOIN merge_film AS f ON f.ref = c.film AND f.refusal IS NULL
      JOIN merge_person AS p ON p.ref = c.person AND NOT p.deleted) AS staged
WHERE occurrence = 1
"""

FIND_LOST_CREDITS = """
SELECT c.file, c.line, coalesce(CASE WHEN p.deleted THEN 'deleted_person' END, 'dangling_person') AS reason, c.person
FROM stage_credit AS c LEFT JOIN merge_person AS p ON p.ref = c.person
WHERE p.ref IS NULL OR p.deleted
ORDER BY c.file, c.line
"""

FIND_REPEATED_CREDITS = """
SELECT file, line, 'duplicate_credit' AS reason, person
FROM (SELECT file, line, person, role,
             row_number() OVER (PARTITION BY film, role, person, file ORDER BY position) AS occurrence
      FROM stage_credit) AS c
WHERE occurrence > 1
ORDER BY file, line
"""

FIND_KEPT_NAMES = """
SELECT s.file, s.line, 'name_kept' AS reason, s.name AS person
FROM stage_person AS s JOIN merge_person AS m ON m.ref = s.ref LEFT JOIN person AS p ON p.id = m.id
WHERE s.id IS NOT NULL AND s.name <> coalesce(p.name, m.name)
ORDER BY s.file, s.line
"""

MENDED = {
    "deleted_person": "the credit was left out: person {} was deleted here",
    "dangling_person": "the credit was left out: there is no person {}",
    "duplicate_credit": "the credit was left out: person {} has this role in this film already",
    "name_kept": "the person of this id has another name than {!r} here, and keeps it",
}

# `wanted_id` and `name_key` are how rows ask for a genre, `id` is the genre they get.
GENRES = """
CREATE TEMP TABLE merge_genre ON COMMIT DROP AS
WITH wanted AS (
    SELECT DISTINCT ON (id, name_key) id, name_key, name, line, position FROM stage_genre
    ORDER BY id, name_key, line, position
), found AS (
    SELECT w.*, coalesce(by_id.id, by_name.id) AS target,
           CASE WHEN w.id IS NULL OR EXISTS (SELECT FROM genre AS g WHERE g.id = w.id)
                     OR row_number() OVER (PARTITION BY w.id ORDER BY w.line, w.position) > 1
                THEN gen_random_uuid() ELSE w.id END AS candidate
    FROM wanted AS w
    LEFT JOIN genre AS by_id ON by_id.id = w.id AND by_id.deleted_at IS NULL
    LEFT JOIN genre AS by_name ON by_name.name_key = w.name_key AND by_name.deleted_at IS NULL
)
SELECT id AS wanted_id, name_key, target IS NOT NULL AS known,
       coalesce(target, first_value(candidate) OVER same_name) AS id, first_value(name) OVER same_name AS name
FROM found WHERE target IS NOT NULL OR name_key IS NOT NULL
WINDOW same_name AS (PARTITION BY name_key ORDER BY line, position)
"""

FILM_GENRES = """
CREATE TEMP TABLE merge_film_genre ON COMMIT DROP AS
SELECT film_id, row_number() OVER (PARTITION BY film_id ORDER BY position) - 1 AS rank, genre_id
FROM (SELECT f.id AS film_id, g.id AS genre_id, min(s.position) AS position
      FROM stage_genre AS s
      JOIN merge_film AS f ON f.ref = s.film AND f.refusal IS NULL
      JOIN merge_genre AS g
        ON coalesce(g.name_key, '') = coalesce(s.name_key, '') AND g.wanted_id IS NOT DISTINCT FROM s.id
      GROUP BY f.id, g.id) AS staged
"""

TITLES = """
CREATE TEMP TABLE merge_title ON COMMIT DROP AS
SELECT film_id, row_number() OVER (PARTITION BY film_id ORDER BY position) - 1 AS rank, title, language
FROM (SELECT f.id AS film_id, s.title, s.language, min(s.position) AS position
      FROM stage_title AS s JOIN merge_film AS f ON f.ref = s.film AND f.refusal IS NULL
      GROUP BY f.id, s.title, s.language) AS staged
"""

INSERT_PERSONS = """
WITH added AS (
    INSERT INTO person (id, name, date_of_birth, date_of_death)
    SELECT DISTINCT ON (id) id, name, date_of_birth, date_of_death FROM merge_person
    WHERE NOT known AND id IN (SELECT person_id FROM merge_credit) ORDER BY id
    RETURNING id
), identified AS (
    INSERT INTO person_external_id (source, value, person_id)
    SELECT 'imdb', m.imdb, m.id FROM merge_person AS m JOIN added USING (id) WHERE m.imdb IS NOT NULL
)
SELECT count(*) FROM added
"""

UPDATE_PERSONS = """
WITH updated AS (
    UPDATE person AS p
    SET name = m.name, date_of_birth = m.date_of_birth, date_of_death = m.date_of_death,
        version = p.version + 1, updated_at = now()
    FROM merge_person AS m WHERE m.id = p.id AND m.changed RETURNING 1
)
SELECT count(*) FROM updated
"""

INSERT_GENRES = """
WITH added AS (
    INSERT INTO genre (id, name, name_key)
    SELECT DISTINCT ON (id) id, name, name_key FROM merge_genre
    WHERE NOT known AND id IN (SELECT genre_id FROM merge_film_genre) ORDER BY id
    RETURNING 1
)
SELECT count(*) FROM added
"""
