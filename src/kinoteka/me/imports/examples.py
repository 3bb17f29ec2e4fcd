"""What the OpenAPI document shows."""

from datetime import UTC, datetime
from uuid import UUID

from kinoteka.catalogue.examples import FILM_ITEM
from kinoteka.me.imports.jobs import OwnImport
from kinoteka.me.imports.matching import Candidate
from kinoteka.me.imports.schemas import ImportPage, ImportRow, ImportRowPage

_FILM = Candidate(FILM_ITEM.id, FILM_ITEM.title, FILM_ITEM.year)

OWN_IMPORT = OwnImport(
    id=UUID("0190d3a2-7c1e-7b43-9f4e-8e4f50617283"),
    source="letterboxd",
    file_name="letterboxd-olena-2026-01-15.zip",
    dry_run=False,
    state="done",
    done=812,
    total=812,
    counts={"added": 790, "unchanged": 12, "ambiguous": 4, "unmatched": 6},
    reason=None,
    created_at=datetime(2026, 1, 15, 12, tzinfo=UTC),
    finished_at=datetime(2026, 1, 15, 12, 0, 2, tzinfo=UTC),
    undone_at=None,
)
ROW = ImportRow(
    number=0,
    file="ratings.csv",
    line=2,
    list="ratings",
    title="Modern Times",
    year=1936,
    external_id=None,
    score=9.0,
    outcome="added",
    reason=None,
    film=_FILM,
    candidates=(),
)
PAGE = ImportPage(items=[OWN_IMPORT], total=1, page=1, page_size=50, cursor=None)
ROW_PAGE = ImportRowPage(items=[ROW], total=1, page=1, page_size=50, cursor=None)
