"""What lists of one's own films take: everything that `/films` takes, and when a film came into them."""

from typing import Annotated, Literal

from pydantic import Field

from kinoteka.search.parameters import SORT_RULES, FilmFilters, FilmPaged, FilmSorting
from kinoteka.web.parameters import Id, Parameters

EntrySorting = Literal[FilmSorting, "added_at", "-added_at"]


class FilmPath(Parameters):
    film_id: Id


class OwnFilms(FilmFilters, FilmPaged):
    """Those of a subject add how they are sorted."""

    sort: str


class EntryList(OwnFilms):
    sort: Annotated[EntrySorting, Field(description=SORT_RULES)] = "-added_at"
