"""What editing takes as JSON: things to make, and merge patches (RFC 7396) of things there are."""

from typing import Annotated, Any, TypeAlias

from pydantic import Field, ValidationInfo, field_validator

from kinoteka.catalogue.editing import fields
from kinoteka.catalogue.editing.fields import fault
from kinoteka.catalogue.limits import MOST_LISTED
from kinoteka.web.decode import Body
from kinoteka.web.parameters import Id


class NewActor(Body):
    id: Id
    character: fields.Character | None = None


class NewTitle(Body):
    title: fields.Title
    language: fields.Language | None = None


class NewExternalIds(Body):
    imdb: fields.ExternalId | None = None
    tmdb: fields.ExternalId | None = None


_Genres: TypeAlias = Annotated[
    list[fields.GenreName],
    Field(min_length=1, max_length=100, description="Ids, or names as people write them; of genres that there are."),
]
_Directors: TypeAlias = Annotated[
    list[Id], Field(min_length=1, max_length=MOST_LISTED, description="Ids of persons, the first named first.")
]
_Writers: TypeAlias = Annotated[list[Id], Field(max_length=MOST_LISTED)]
_Actors: TypeAlias = Annotated[list[NewActor], Field(max_length=MOST_LISTED, description="In order of billing.")]
_Titles: TypeAlias = Annotated[list[NewTitle], Field(max_length=MOST_LISTED)]


class _FilmBody(Body):
    """What may be left out of a film."""

    original_title: fields.Title | None = None
    description: fields.Description | None = None
    writers: _Writers | None = None
    actors: _Actors | None = None
    alternative_titles: _Titles | None = None
    external_ids: NewExternalIds | None = None
    rating: fields.Rating | None = None


class NewFilm(_FilmBody):
    title: fields.Title
    year: fields.Year
    minutes: fields.Minutes
    genres: _Genres
    directors: _Directors
    votes: Annotated[fields.Votes | None, Field(validate_default=True)] = None

    @field_validator("votes")
    @classmethod
    def _of_a_rating(cls, value: int | None, info: ValidationInfo) -> int | None:
        if "rating" in info.data:
            check_prior(info.data["rating"], value)
        return value


class FilmChange(_FilmBody):
    """What is left out stays as it is; null takes away what a film may lack; a list takes the place of the whole list.

    Defaults are made, not said: only what was sent counts.
    """

    title: fields.Title = Field(default_factory=str)
    year: fields.Year = Field(default_factory=int)
    minutes: fields.Minutes = Field(default_factory=int)
    genres: _Genres = Field(default_factory=list)
    directors: _Directors = Field(default_factory=list)
    votes: fields.Votes | None = None


def check_prior(rating: float | None, votes: int | None) -> None:
    """Raises PydanticCustomError."""
    if (rating is None) != (not votes):
        raise fault("prior", "A rating needs votes, and votes need a rating")


class _Life(Body):
    date_of_birth: fields.PartialDate | None = None
    date_of_death: fields.PartialDate | None = None

    @field_validator("date_of_death")
    @classmethod
    def _after_birth(cls, value: str | None, info: ValidationInfo) -> str | None:
        check_life(info.data.get("date_of_birth"), value)
        return value


def check_life(born: str | None, died: str | None) -> None:
    """Raises PydanticCustomError."""
    if born is not None and died is not None and died < born:
        raise fault("order", "Must not be before the birth")


class NewPerson(_Life):
    name: fields.Name


class PersonChange(_Life):
    """What is left out stays as it is; null takes a date away."""

    name: fields.Name = Field(default_factory=str)


class MergePersons(Body):
    into: Annotated[Id, Field(description="The person that stays.")]


class NewGenre(Body):
    name: fields.GenreName


class GenreChange(Body):
    """What is left out stays as it is."""

    name: fields.GenreName = Field(default_factory=str)


def given(body: Body) -> dict[str, Any]:
    """What was sent, null too, as plain JSON values."""
    return body.model_dump(mode="json", exclude_unset=True)
