"""What is kept of one person, on the wire."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from msgspec import Meta, Struct

from kinoteka.accounts import examples
from kinoteka.accounts.schemas import SignIn, User
from kinoteka.catalogue.examples import FILM_ITEM
from kinoteka.lists.examples import ENTRY
from kinoteka.ratings.examples import OWN_RATING
from kinoteka.ratings.schemas import Score

_Moment = Annotated[datetime, Meta(tz=True)]


class OwnSession(Struct, frozen=True, kw_only=True):
    id: UUID
    started_at: _Moment
    last_seen_at: _Moment
    address: str
    user_agent: str


class OwnScore(Struct, frozen=True, kw_only=True):
    film_id: UUID
    title: str
    year: int
    score: Score
    rated_at: _Moment


class OwnEntry(Struct, frozen=True, kw_only=True):
    film_id: UUID
    title: str
    year: int
    added_at: _Moment


class OwnData(Struct, frozen=True, kw_only=True):
    user: User
    sessions: list[OwnSession]
    logins: list[SignIn]
    ratings: list[OwnScore]
    favourites: list[OwnEntry]
    wishlist: list[OwnEntry]


_FILM: dict[str, Any] = {"film_id": FILM_ITEM.id, "title": FILM_ITEM.title, "year": FILM_ITEM.year}

EXAMPLE = OwnData(
    user=examples.USER,
    sessions=[
        OwnSession(
            id=examples.SESSION.id,
            started_at=examples.SESSION.started_at,
            last_seen_at=examples.SESSION.last_seen_at,
            address=examples.SESSION.address,
            user_agent=examples.SESSION.user_agent,
        )
    ],
    logins=[examples.SIGN_IN],
    ratings=[OwnScore(**_FILM, score=OWN_RATING.score, rated_at=OWN_RATING.rated_at)],
    favourites=[OwnEntry(**_FILM, added_at=ENTRY.added_at)],
    wishlist=[],
)
