"""What lists look like on the wire."""

from typing import Annotated

from msgspec import Meta, Struct

from kinoteka.catalogue.schemas import FilmItem, Moment
from kinoteka.web.paging import Page


class Entry(Struct, frozen=True):
    added_at: Annotated[Moment, Meta(description="When the film came into the list.")]


class ListedFilm(Struct, frozen=True):
    film: FilmItem
    added_at: Moment


class EntryPage(Page[ListedFilm], frozen=True, kw_only=True):
    """Films of a list of one's own, in the envelope of every list."""
