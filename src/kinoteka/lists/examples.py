"""What the OpenAPI document shows."""

from datetime import UTC, datetime

from kinoteka.catalogue.examples import FILM_ITEM
from kinoteka.lists.schemas import Entry, EntryPage, ListedFilm

ENTRY = Entry(datetime(2026, 1, 15, 20, 30, tzinfo=UTC))
ENTRY_PAGE = EntryPage(items=[ListedFilm(FILM_ITEM, ENTRY.added_at)], total=1, page=1, page_size=50, cursor=None)
FILM_PATH = {"film_id": str(FILM_ITEM.id)}
