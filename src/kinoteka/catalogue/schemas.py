"""What the catalogue looks like on the wire. `documents.py` builds these shapes in SQL; tests hold the two together."""

from datetime import datetime
from typing import Annotated, Literal, get_args
from uuid import UUID

from msgspec import Meta, Struct

Role = Literal["director", "writer", "actor"]
ROLES: tuple[Role, ...] = get_args(Role)
PartialDate = Annotated[str, Meta(pattern=r"^\d{4}(-\d\d-\d\d)?$", description="A year or a day: 1962 or 1962-03-14.")]
Rating = Annotated[float, Meta(ge=1, le=10)]
Votes = Annotated[int, Meta(ge=0)]
Moment = Annotated[datetime, Meta(tz=True)]


class GenreName(Struct, frozen=True):
    id: UUID
    name: str


class PersonName(Struct, frozen=True):
    id: UUID
    name: str


class Actor(Struct, frozen=True):
    id: UUID
    name: str
    character: str | None


class AlternativeTitle(Struct, frozen=True):
    title: str
    language: str | None


class Prior(Struct, frozen=True):
    """The rating and votes a film was imported or created with."""

    rating: Rating | None
    votes: Votes


class ExternalIds(Struct, frozen=True):
    imdb: str | None
    tmdb: str | None


class FilmItem(Struct, frozen=True, kw_only=True):
    """A film as lists show it; `actors` holds the first five."""

    id: UUID
    title: Annotated[str, Meta(description="The main title.")]
    original_title: Annotated[str | None, Meta(description="In the language it was made in.")]
    year: Annotated[int, Meta(description="Of the first showing.")]
    minutes: Annotated[int | None, Meta(description="Running time.")]
    genres: list[GenreName]
    directors: list[PersonName]
    writers: list[PersonName]
    actors: Annotated[list[Actor], Meta(description="In order of billing; lists show the first five.")]
    rating: Annotated[Rating | None, Meta(description="The mean of all votes, the prior's included; null if unrated.")]
    votes: Annotated[Votes, Meta(description="How many votes `rating` is the mean of, the prior's included.")]
    weighted_rating: Annotated[
        Rating | None,
        Meta(description="`rating` drawn towards the catalogue's mean, the more the fewer `votes`: see `/films/top`."),
    ]
    prior: Annotated[Prior, Meta(description="What it was imported or created with, without this site's own scores.")]
    external_ids: Annotated[ExternalIds, Meta(description="Its ids in other catalogues.")]
    created_at: Annotated[Moment, Meta(description="When it came into this catalogue.")]
    updated_at: Annotated[Moment, Meta(description="When it was last changed here.")]


class Film(FilmItem, frozen=True, kw_only=True):
    alternative_titles: Annotated[list[AlternativeTitle], Meta(description="In other languages or spellings.")]
    description: Annotated[str | None, Meta(description="The plot, as plain text.")]


class Photo(Struct, frozen=True):
    small: str
    medium: str
    large: str


class Work(Struct, frozen=True):
    """A film in a person's filmography."""

    id: UUID
    title: str
    year: int
    roles: list[Role]
    character: str | None


class PersonItem(Struct, frozen=True, kw_only=True):
    id: UUID
    name: str
    date_of_birth: PartialDate | None
    date_of_death: PartialDate | None
    photo: Photo | None
    film_count: int


class Person(PersonItem, frozen=True, kw_only=True):
    films: list[Work]


class Genre(Struct, frozen=True):
    id: UUID
    name: str
    film_count: int
