"""Pages as the OpenAPI document shows them."""

from typing import Any

from kinoteka.catalogue.examples import FILM_ITEM, GENRE, PERSON_ITEM
from kinoteka.search import schemas
from kinoteka.search.engine import Facets, FacetValue, Highlight
from kinoteka.search.weights import FORMULA

_CURSOR = "ksQIGvx-A1c4Xv6TzgAACDSgoA"
_ONE_OF_MANY: dict[str, Any] = {"total": 625, "page": 1, "page_size": 50, "cursor": _CURSOR}
_ALONE: dict[str, Any] = {"total": 1, "page": 1, "page_size": 20, "cursor": None}

_FACETS = Facets(
    genres=[FacetValue(str(GENRE.id), GENRE.name, 1)],
    decades=[FacetValue("1930", "1930s", 1)],
    ratings=[FacetValue("8", "8–8.99", 1)],
    kinds=[FacetValue("film", "film", 1)],
)
_FOUND = schemas.FoundItem(kind="film", highlight=Highlight("<mark>Modern</mark> <mark>Times</mark>"), film=FILM_ITEM)

EXAMPLES: dict[type, object] = {
    schemas.FilmPage: schemas.FilmPage(items=[FILM_ITEM], **_ONE_OF_MANY),
    schemas.PersonPage: schemas.PersonPage(items=[PERSON_ITEM], **_ONE_OF_MANY),
    schemas.GenrePage: schemas.GenrePage(items=[GENRE], **_ONE_OF_MANY),
    schemas.TopFilms: schemas.TopFilms(items=[FILM_ITEM], m=100, c=6.5, formula=FORMULA, **_ONE_OF_MANY),
    schemas.SearchPage: schemas.SearchPage(
        items=[_FOUND], total_is_exact=True, facets=_FACETS, did_you_mean="modern times", **_ALONE
    ),
}
"""By the shape of the page."""

SUGGESTIONS = schemas.Suggestions([schemas.SuggestedItem("film", FILM_ITEM.id, FILM_ITEM.title, FILM_ITEM.year)])
