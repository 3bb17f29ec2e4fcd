"""What imports of own ratings and lists look like on the wire."""

from typing import Annotated

from msgspec import Meta, Struct

from kinoteka.me.imports.applying import Outcome
from kinoteka.me.imports.entries import Target
from kinoteka.me.imports.jobs import OwnImport
from kinoteka.me.imports.matching import Candidate
from kinoteka.ratings.schemas import Score
from kinoteka.web.paging import Page


class ImportRow(Struct, frozen=True, kw_only=True):
    """A row of the file, and what became of it."""

    number: int
    file: str
    line: Annotated[int, Meta(description="In the file; of JSON, the place in it.")]
    list: Target
    title: str | None
    year: int | None
    external_id: Annotated[str | None, Meta(description="Source and id, such as imdb:tt0079944.")]
    score: Score | None
    outcome: Outcome
    reason: str | None
    film: Annotated[Candidate | None, Meta(description="The film it was taken for; null when it is none, or gone.")]
    candidates: Annotated[tuple[Candidate, ...], Meta(description="Films that an ambiguous row may mean.")]


class ImportPage(Page[OwnImport], frozen=True, kw_only=True):
    """Imports, the newest first, in the envelope of every list."""


class ImportRowPage(Page[ImportRow], frozen=True, kw_only=True):
    """Rows in the order of the file, in the envelope of every list."""
