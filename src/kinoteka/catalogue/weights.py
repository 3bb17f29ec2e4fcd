"""The constants m and C of the weighted rating (m·C + Σ) / (m + n), taken from the catalogue as it stands."""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from kinoteka.catalogue.documents import RATED

# m: the votes that three rated films in four do not exceed; C: the mean of the films' ratings, each film counting once.
# Prior and users' scores are both in them. Without a rated film both stay; the row is only written when something
# differs, for its trigger orders a rebuild.
REFRESH = f"""
UPDATE rating_weight AS w SET m = s.m, c = s.c
FROM (SELECT percentile_disc(0.75) WITHIN GROUP (ORDER BY r.votes)::numeric AS m, round(avg(r.rating), 4) AS c
      FROM film AS f
      CROSS JOIN rating_weight AS w
      LEFT JOIN (SELECT film_id, sum(votes) AS votes, sum(points) AS points FROM rating_total GROUP BY film_id) AS t
          ON t.film_id = f.id
      CROSS JOIN LATERAL ({RATED}) AS r
      WHERE f.deleted_at IS NULL AND r.rating IS NOT NULL) AS s
WHERE s.m IS NOT NULL AND (w.m, w.c) IS DISTINCT FROM (s.m, s.c)
"""


async def refresh_weights(connection: AsyncConnection) -> bool:
    """True when a constant changed; the search index must then be built anew."""
    return (await connection.execute(text(REFRESH))).rowcount > 0
