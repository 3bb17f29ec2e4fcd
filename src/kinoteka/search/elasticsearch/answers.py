"""What Elasticsearch answers, as far as it is needed, and how it is decoded."""

from typing import Any
from uuid import UUID

from msgspec import Raw, Struct, field
from msgspec.json import Decoder

from kinoteka.catalogue.documents import Kind
from kinoteka.search.elasticsearch.bodies import whole
from kinoteka.search.elasticsearch.names import Names
from kinoteka.search.elasticsearch.quoting import unquoted
from kinoteka.search.engine import EngineUnavailableError, Stored

SortValue = int | float | str | None


_BEGINNING = b'{"'
"""Of every item: an object that has an id."""


class Fields(Struct, frozen=True):
    version: tuple[int, ...] = ()
    quoted_item: tuple[Raw, ...] = field(default=(), name="item")
    quoted_rest: tuple[Raw, ...] = field(default=(), name="rest")
    digest: tuple[str, ...] = ()
    same_text: tuple[str, ...] = ()

    @property
    def item(self) -> bytes:
        """Raises EngineUnavailableError when the index was built by a program that kept items otherwise."""
        item = unquoted(self.quoted_item[0])
        if not item.startswith(_BEGINNING):
            raise _another_versions()
        return item

    @property
    def body(self) -> bytes:
        """Raises EngineUnavailableError when the index was built by a program that kept bodies otherwise."""
        if not self.quoted_rest:
            raise _another_versions()
        return whole(self.item, unquoted(self.quoted_rest[0]))


class Hit(Struct, frozen=True):
    index: str = field(name="_index")
    id: UUID = field(name="_id")
    fields: Fields = Fields()
    sort: tuple[SortValue, ...] = ()
    found: bool = True
    """Only said by reads by id."""

    @property
    def rank(self) -> float:
        """The score, where the order is by score."""
        return float(self.sort[0] or 0)


class _Total(Struct, frozen=True):
    value: int
    relation: str


class _Ranked(Struct, frozen=True):
    sort: tuple[int, ...]


class _RankedList(Struct, frozen=True):
    hits: tuple[_Ranked, ...] = ()


class Highest(Struct, frozen=True):
    """Of any line of an index, whether it is a document or not."""

    hits: _RankedList = _RankedList()


class _HitList(Struct, frozen=True):
    hits: tuple[Hit, ...] = ()
    total: _Total | None = None


class Searched(Struct, frozen=True):
    """`error` only inside an answer to several searches."""

    hits: _HitList = _HitList()
    aggregations: dict[str, Any] = {}  # msgspec copies it
    pit_id: str | None = None
    error: Any = None


class _ManySearched(Struct, frozen=True):
    responses: tuple[Searched, ...]


class _Got(Struct, frozen=True):
    docs: tuple[Hit, ...]


class Counted(Struct, frozen=True):
    count: int


class Opened(Struct, frozen=True):
    id: str


searched = Decoder(Searched).decode
many_searched = Decoder(_ManySearched).decode
got = Decoder(Hit).decode
many_got = Decoder(_Got).decode
counted = Decoder(Counted).decode
highest = Decoder(Highest).decode
opened = Decoder(Opened).decode


def _another_versions() -> EngineUnavailableError:
    return EngineUnavailableError("The search index is another version's and is being built anew.")


def body_of(hit: Hit, names: Names) -> Stored:
    return Stored(names.parse(hit.index)[0], hit.id, hit.fields.version[0], hit.fields.body)


def item_of(hit: Hit, kind: Kind) -> Stored:
    return Stored(kind, hit.id, hit.fields.version[0], hit.fields.item)
