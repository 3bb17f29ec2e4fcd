"""What the OpenAPI document shows."""

from datetime import UTC, datetime

from kinoteka.catalogue.examples import FILM_ITEM
from kinoteka.ratings.schemas import FilmRatings, OwnRating, RatedFilm, RatedPage, count_scores
from kinoteka.search.weights import FORMULA

OWN_RATING = OwnRating(8.5, datetime(2026, 1, 15, 20, 30, tzinfo=UTC))
RATED_PAGE = RatedPage(
    items=[RatedFilm(FILM_ITEM, OWN_RATING.score, OWN_RATING.rated_at)], total=1, page=1, page_size=50, cursor=None
)
FILM_RATINGS = FilmRatings(
    film_id=FILM_ITEM.id,
    mean=8.75,
    count=2,
    histogram=count_scores([0] * 15 + [1, 1, 0, 0]),
    prior=FILM_ITEM.prior,
    rating=8.4,
    votes=2102,
    weighted_rating=8.314,
    m=100,
    c=6.5,
    formula=FORMULA,
)
