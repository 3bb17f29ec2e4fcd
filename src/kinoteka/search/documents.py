"""What can be found: a record of the catalogue and the fields it is found by."""

from uuid import UUID

from msgspec import Struct

from kinoteka.catalogue.documents import Kind, Record


class Document(Struct, frozen=True):
    """`body` and `item` are the API's answers; everything else is for finding."""

    kind: Kind
    id: UUID
    version: int
    body: bytes
    item: bytes
    digest: bytes
    """16 bytes over version, body, item and the version of the analysis: equal digests mean the index is right."""


def make_document(kind: Kind, record: Record) -> Document:
    raise NotImplementedError
