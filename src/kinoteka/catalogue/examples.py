"""What the OpenAPI document shows."""

from datetime import UTC, datetime
from uuid import UUID

from kinoteka.catalogue.schemas import (
    Actor,
    AlternativeTitle,
    ExternalIds,
    Film,
    FilmItem,
    Genre,
    GenreName,
    Person,
    PersonItem,
    PersonName,
    Prior,
    Work,
)

_FILM_ID = UUID("0190d3a2-7c1e-7b43-9f4e-0d8f3c1a2b3c")
_CHAPLIN = PersonName(UUID("0190d3a2-7c1e-7b43-9f4e-5b1c2d3e4f50"), "Charlie Chaplin")
_GODDARD = PersonName(UUID("0190d3a2-7c1e-7b43-9f4e-6c2d3e4f5061"), "Paulette Goddard")
_SEEN = datetime(2026, 1, 15, 12, tzinfo=UTC)

GENRE = Genre(UUID("0190d3a2-7c1e-7b43-9f4e-7d3e4f506172"), "Comedy", 41)

FILM_ITEM = FilmItem(
    id=_FILM_ID,
    title="Modern Times",
    original_title="Modern Times",
    year=1936,
    minutes=87,
    genres=[GenreName(GENRE.id, GENRE.name)],
    directors=[_CHAPLIN],
    writers=[_CHAPLIN],
    actors=[Actor(_CHAPLIN.id, _CHAPLIN.name, "A factory worker"), Actor(_GODDARD.id, _GODDARD.name, "A gamin")],
    rating=8.4,
    votes=2100,
    weighted_rating=8.314,
    prior=Prior(8.4, 2100),
    external_ids=ExternalIds("tt0027977", "3082"),
    created_at=_SEEN,
    updated_at=_SEEN,
)

FILM = Film(
    **{name: getattr(FILM_ITEM, name) for name in FilmItem.__struct_fields__},
    alternative_titles=[AlternativeTitle("Нові часи", "uk"), AlternativeTitle("Новые времена", "ru")],
    description="A worker loses his mind to the assembly line and his job with it.",
)

PERSON_ITEM = PersonItem(
    id=_CHAPLIN.id,
    name=_CHAPLIN.name,
    date_of_birth="1889-04-16",
    date_of_death="1977-12-25",
    photo=None,
    film_count=1,
)

PERSON = Person(
    **{name: getattr(PERSON_ITEM, name) for name in PersonItem.__struct_fields__},
    films=[Work(_FILM_ID, "Modern Times", 1936, ["director", "writer", "actor"], "A factory worker")],
)
