"""The port to a search engine. Adapters: tantivy, Elasticsearch. Vendor errors stop there.

Every verb that reads or writes may raise EngineUnavailableError.
"""

from collections.abc import AsyncIterator, Sequence
from typing import Protocol
from uuid import UUID

from msgspec import Struct

from kinoteka.catalogue.documents import Kind
from kinoteka.errors import UnavailableError
from kinoteka.search.documents import Document
from kinoteka.search.query import Filters, Listing, Position, Search, Suggest


class EngineUnavailableError(UnavailableError):
    """The engine is down, too slow or not built yet."""


class PositionError(ValueError):
    """A place to go on from that no page gave: made up, or of a list that is gone."""


class Stored(Struct, frozen=True):
    """A document's JSON as the API answers it: `data` is the body (by id) or the item (lists); `version` the row's."""

    kind: Kind
    id: UUID
    version: int
    data: bytes


class Hits(Struct, frozen=True):
    """A page of a list. `total` is exact. `after` is where the next page begins, None on the last. `build`: the name of
    the build that answered; None where it was not asked or there is no item."""

    items: list[Stored]
    total: int
    after: Position | None
    build: str | None = None


class Highlight(Struct, frozen=True):
    """The text, HTML-escaped, with the matching words between <mark> and </mark>. None where nothing matched."""

    title: str | None = None
    fragment: str | None = None


class FoundItem(Struct, frozen=True):
    stored: Stored
    highlight: Highlight


class FacetValue(Struct, frozen=True):
    value: str
    """What to put into the filter: a genre's id, a decade's first year, a band's lower bound, a kind."""
    label: str
    """To be shown; of a band rating_from and rating_to, «8–8.99», which are sent to get as many films as counted."""
    count: int


class Facets(Struct, frozen=True):
    """Counts over the whole result; a facet that is filtered by is counted without its own filter."""

    genres: list[FacetValue]
    decades: list[FacetValue]
    ratings: list[FacetValue]
    kinds: list[FacetValue]


class Found(Struct, frozen=True):
    items: list[FoundItem]
    total: int
    total_is_exact: bool
    after: Position | None
    facets: Facets | None
    did_you_mean: str | None
    """The text that was searched instead, when the one given found too little."""


class Suggestion(Struct, frozen=True):
    kind: Kind
    id: UUID
    text: str
    year: int | None


class Fingerprint(Struct, frozen=True):
    """For comparing index and database: `digest` is Document.digest."""

    id: UUID
    digest: bytes


class Refused(Struct, frozen=True):
    """A document that the engine does not take, and why; the others of its batch were written."""

    kind: Kind
    id: UUID
    reason: str


Ref = tuple[Kind, UUID]


class Build(Protocol):
    """A new generation of the whole index, invisible until `publish` puts it in the old one's place in one step."""

    @property
    def name(self) -> str:
        """Given to no other build, of any index; what `find_build` answers once this one is published."""

    async def write(
        self, documents: Sequence[Document], deleted: Sequence[Ref] = (), *, version: int = 0, new: bool = False
    ) -> list[Refused]:
        """Adds or replaces by (kind, id). Not visible anywhere yet. `version`: see `SearchEngine.write`.

        `new`: this build was given none of these before, unless it failed at them; so nothing needs to be replaced.
        """

    async def count(self, kind: Kind) -> int:
        """Of all that was written so far."""

    async def find_digests(self, kind: Kind, ids: Sequence[UUID]) -> dict[UUID, bytes]:
        """Document.digest of those that are there, of all that was written so far."""

    async def compact(self, kind: Kind) -> None:
        """What was written of it becomes cheap to search; worth its time before `publish`, harmless to leave out."""

    async def publish(self) -> None: ...

    async def abandon(self) -> None: ...


class SearchEngine(Protocol):
    @property
    def is_shared(self) -> bool:
        """Whether several processes may write at once: `version` then settles who wins, in whatever order they come.
        An engine that is not shared has one writer at a time and may ignore versions."""

    @property
    def layout(self) -> str:
        """What an index must be like to be usable by this program; part of every build's name."""

    @property
    def conflicts(self) -> int:
        """Documents left out of this process's writes so far because a newer version was there."""

    async def find_build(self) -> str | None:
        """The published build's name; None while there is none. Tells an index of another database from this one's."""

    async def open(self) -> bool:
        """True when a usable index of this program's layout is there; False means it has to be built first."""

    async def close(self) -> None: ...

    # Written by the indexer alone.
    async def write(
        self,
        documents: Sequence[Document],
        deleted: Sequence[Ref] = (),
        *,
        version: int = 0,
        builds: Sequence[str] = (),
    ) -> list[Refused]:
        """Adds or replaces by (kind, id); when it returns, the change is durable and every later read sees it.

        A shared engine keeps, of each document, the write of the highest `version`; a delete counts as a write. It
        writes to the named `builds`, the published one and any in the making, or to the published one alone when none
        is named.
        """

    async def start_build(self) -> Build:
        """An engine that is not shared removes what an earlier, interrupted build left."""

    async def resume_build(self, name: str) -> Build | None:
        """An unpublished build begun by some process, to be gone on with; None when it is gone or cannot be."""

    async def remove_build(self, name: str) -> None:
        """Of a build that is not the published one; nothing happens when it is gone."""

    async def highest_version(self) -> int:
        """Of all that was written to the published build; 0 where versions are ignored."""

    def fingerprints(self, kind: Kind) -> AsyncIterator[Fingerprint]:
        """Every document of a kind, by ascending id, as of one moment."""

    # Read by the API.
    async def get(self, kind: Kind, id: UUID) -> Stored | None:  # noqa: A002 - the field's own term
        """With the body."""

    async def get_many(self, kind: Kind, ids: Sequence[UUID]) -> list[Stored]:
        """Items of those found, in the order asked."""

    async def find_external(self, source: str, value: str) -> Stored | None:
        """The film with that external id, with the body."""

    async def page(self, listing: Listing) -> Hits:
        """Raises PositionError."""

    async def search(self, search: Search) -> Found:
        """Raises PositionError."""

    async def suggest(self, suggest: Suggest) -> list[Suggestion]: ...

    async def similar(self, film: UUID, size: int, offset: int) -> Hits | None:
        """Films like this one, likest first; None when there is no such film. `after` is always None."""

    async def random(self, filters: Filters) -> Stored | None:
        """One film drawn evenly among those that pass, with the body."""

    async def count(self, kind: Kind) -> int: ...

    async def find_genres(self, names: Sequence[str]) -> dict[str, UUID]:
        """Ids by genre name, compared by same_text_key; unknown names are left out."""
