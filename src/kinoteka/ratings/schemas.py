"""What ratings look like on the wire."""

from typing import Annotated
from uuid import UUID

from msgspec import Meta, Struct
from pydantic import Field

from kinoteka.catalogue.schemas import FilmItem, Moment, Prior, Rating, Votes
from kinoteka.ratings.scores import HIGHEST, LOWEST, to_score
from kinoteka.web.decode import Body
from kinoteka.web.paging import Page

Score = Annotated[float, Meta(ge=1, le=10, multiple_of=0.5)]


class NewScore(Body):
    score: Annotated[float, Field(ge=1, le=10, multiple_of=0.5, description="1 to 10 in steps of 0.5.")]


class OwnRating(Struct, frozen=True):
    score: Score
    rated_at: Moment


class RatedFilm(Struct, frozen=True):
    film: FilmItem
    score: Score
    rated_at: Moment


class RatedPage(Page[RatedFilm], frozen=True, kw_only=True):
    """Films with one's own scores, in the envelope of every list."""


class ScoreCount(Struct, frozen=True):
    score: Score
    count: Votes


class FilmRatings(Struct, frozen=True, kw_only=True):
    """`mean`, `count` and `histogram` are of the scores given here alone; `rating` and the rest include the prior."""

    film_id: UUID
    mean: Annotated[Rating | None, Meta(description="Of the scores given here; null while there is none.")]
    count: Annotated[Votes, Meta(description="Scores given here.")]
    histogram: Annotated[list[ScoreCount], Meta(description="Every score from 1 to 10 and how often it was given.")]
    prior: Prior
    rating: Annotated[Rating | None, Meta(description="The mean of the prior's votes and all scores.")]
    votes: Annotated[Votes, Meta(description="The prior's and the scores.")]
    weighted_rating: Rating | None
    m: Annotated[float, Meta(description="The votes that `c` counts for.")]
    c: Annotated[float, Meta(description="The catalogue's mean rating.")]
    formula: str


def count_scores(histogram: list[int]) -> list[ScoreCount]:
    return [ScoreCount(to_score(halves), histogram[halves - LOWEST]) for halves in range(LOWEST, HIGHEST + 1)]
