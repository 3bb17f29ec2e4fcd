"""What the catalogue looks like on the wire. `documents.py` builds these shapes in SQL; tests hold the two together."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from msgspec import Meta, Struct

Role = Literal["director", "writer", "actor"]
PartialDate = Annotated[str, Meta(pattern=r"^\d{4}(-\d\d-\d\d)?$", description="A year or a day: 1962 or 1962-03-14.")]
Rating = Annotated[float, Meta(ge=1, le=10)]


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
    votes: Annotated[int, Meta(ge=0)]


class ExternalIds(Struct, frozen=True):
    imdb: str | None
    tmdb: str | None


class FilmItem(Struct, frozen=True, kw_only=True):
    """A film as lists show it; `actors` holds the first five."""

    id: UUID
    title: str
    original_title: str | None
    year: int
    minutes: int | None
    genres: list[GenreName]
    directors: list[PersonName]
    writers: list[PersonName]
    actors: list[Actor]
    rating: Rating | None
    votes: int
    weighted_rating: Rating | None
    prior: Prior
    external_ids: ExternalIds
    created_at: datetime
    updated_at: datetime


class Film(FilmItem, frozen=True, kw_only=True):
    alternative_titles: list[AlternativeTitle]
    description: str | None


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
