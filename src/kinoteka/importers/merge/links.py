"""SQL: which lists of known films differ from what was staged, and their replacement.

A credit of a deleted person, and a film's link to a deleted genre, are out of sight: neither compared nor removed.
"""

from kinoteka.importers.staging import FIELDS

_KNOWN = "SELECT id FROM merge_film WHERE known AND refusal IS NULL"
_ROLES = "(VALUES " + ", ".join(f"('{role}', {FIELDS[role]})" for role in ("director", "writer", "actor")) + ")"

CHANGED_LISTS = f"""
CREATE TEMP TABLE changed_list ON COMMIT DROP AS
WITH given AS (
    SELECT f.id AS film_id, r.role FROM merge_film AS f JOIN {_ROLES} AS r (role, bit) ON f.fields & r.bit <> 0
    WHERE f.known AND f.refusal IS NULL
    UNION
    SELECT film_id, role FROM merge_credit WHERE film_id IN ({_KNOWN})
), current AS (
    SELECT c.film_id, c.role, row_number() OVER (PARTITION BY c.film_id, c.role ORDER BY c.position) - 1 AS rank,
           c.person_id, c.character
    FROM credit AS c JOIN given USING (film_id, role) JOIN person AS p ON p.id = c.person_id AND p.deleted_at IS NULL
), staged AS (
    SELECT m.* FROM merge_credit AS m WHERE film_id IN ({_KNOWN})
)
SELECT DISTINCT film_id, role AS list FROM current AS c FULL JOIN staged AS s USING (film_id, role, rank)
WHERE (c.person_id, c.character) IS DISTINCT FROM (s.person_id, s.character)
"""

CHANGED_GENRES = f"""
INSERT INTO changed_list
WITH given AS (
    SELECT id AS film_id FROM merge_film WHERE known AND refusal IS NULL AND fields & {FIELDS["genre"]} <> 0
    UNION
    SELECT film_id FROM merge_film_genre WHERE film_id IN ({_KNOWN})
), current AS (
    SELECT l.film_id, row_number() OVER (PARTITION BY l.film_id ORDER BY l.position) - 1 AS rank, l.genre_id
    FROM film_genre AS l JOIN given USING (film_id) JOIN genre AS g ON g.id = l.genre_id AND g.deleted_at IS NULL
), staged AS (
    SELECT m.* FROM merge_film_genre AS m WHERE film_id IN ({_KNOWN})
)
SELECT DISTINCT film_id, 'genre' FROM current AS c FULL JOIN staged AS s USING (film_id, rank)
WHERE c.genre_id IS DISTINCT FROM s.genre_id
"""

CHANGED_TITLES = f"""
INSERT INTO changed_list
WITH given AS (
    SELECT id AS film_id FROM merge_film WHERE known AND refusal IS NULL AND fields & {FIELDS["title"]} <> 0
    UNION
    SELECT film_id FROM merge_title WHERE film_id IN ({_KNOWN})
), current AS (
    SELECT t.film_id, row_number() OVER (PARTITION BY t.film_id ORDER BY t.position) - 1 AS rank, t.title, t.language
    FROM alternative_title AS t JOIN given USING (film_id)
), staged AS (
    SELECT m.* FROM merge_title AS m WHERE film_id IN ({_KNOWN})
)
SELECT DISTINCT film_id, 'title' FROM current AS c FULL JOIN staged AS s USING (film_id, rank)
WHERE (c.title, c.language) IS DISTINCT FROM (s.title, s.language)
"""

CHANGED_EXTERNAL_IDS = " UNION ALL ".join(
    f"""
SELECT m.id, '{source}' FROM merge_film AS m
LEFT JOIN film_external_id AS x ON x.source = '{source}' AND x.film_id = m.id
WHERE m.known AND m.refusal IS NULL AND m.fields & {FIELDS[source]} <> 0 AND x.value IS DISTINCT FROM m.{source}
"""
    for source in ("imdb", "tmdb")
)

DELETE_CHANGED = (
    """
    DELETE FROM credit AS c USING changed_list AS l, person AS p
    WHERE c.film_id = l.film_id AND c.role = l.list AND p.id = c.person_id AND p.deleted_at IS NULL
    """,
    """
    DELETE FROM film_genre AS x USING changed_list AS l, genre AS g
    WHERE x.film_id = l.film_id AND l.list = 'genre' AND g.id = x.genre_id AND g.deleted_at IS NULL
    """,
    "DELETE FROM alternative_title AS x USING changed_list AS l WHERE x.film_id = l.film_id AND l.list = 'title'",
    "DELETE FROM film_external_id AS x USING changed_list AS l WHERE x.film_id = l.film_id AND x.source = l.list",
)

# What is out of sight keeps its position; the new list comes after it.
INSERT_LISTS = (
    """
    INSERT INTO credit (film_id, role, position, person_id, character)
    SELECT m.film_id, m.role, m.rank + coalesce(hidden.last + 1, 0), m.person_id, m.character
    FROM merge_credit AS m
    LEFT JOIN (SELECT film_id, role, max(position) AS last FROM credit JOIN changed_list AS l USING (film_id)
               WHERE l.list = credit.role GROUP BY film_id, role) AS hidden USING (film_id, role)
    WHERE (m.film_id, m.role) IN (SELECT film_id, list FROM changed_list)
          OR m.film_id IN (SELECT id FROM merge_film WHERE NOT known)
    ORDER BY m.film_id, m.role, m.rank
    """,
    """
    INSERT INTO film_genre (film_id, position, genre_id)
    SELECT m.film_id, m.rank + coalesce(hidden.last + 1, 0), m.genre_id
    FROM merge_film_genre AS m
    LEFT JOIN (SELECT film_id, max(position) AS last FROM film_genre JOIN changed_list AS l USING (film_id)
               WHERE l.list = 'genre' GROUP BY film_id) AS hidden USING (film_id)
    WHERE m.film_id IN (SELECT film_id FROM changed_list WHERE list = 'genre'
                        UNION ALL SELECT id FROM merge_film WHERE NOT known)
    ORDER BY m.film_id, m.rank
    """,
    """
    INSERT INTO alternative_title (film_id, position, title, language)
    SELECT film_id, rank, title, language FROM merge_title
    WHERE film_id IN (SELECT film_id FROM changed_list WHERE list = 'title'
                      UNION ALL SELECT id FROM merge_film WHERE NOT known)
    ORDER BY film_id, rank
    """,
    """
    INSERT INTO film_external_id (source, value, film_id)
    SELECT x.source, x.value, m.id FROM merge_film AS m
    CROSS JOIN LATERAL (VALUES ('imdb', m.imdb), ('tmdb', m.tmdb)) AS x (source, value)
    WHERE x.value IS NOT NULL AND m.refusal IS NULL
          AND (NOT m.known OR EXISTS (SELECT FROM changed_list AS l WHERE l.film_id = m.id AND l.list = x.source))
    ORDER BY m.id
    """,
)
