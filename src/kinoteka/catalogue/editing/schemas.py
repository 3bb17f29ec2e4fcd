"""What the history of the catalogue looks like on the wire."""

from datetime import UTC, datetime
from typing import Annotated, Any, Generic, TypeVar
from uuid import UUID

from msgspec import Meta, Struct

from kinoteka.catalogue.editing.history import Action
from kinoteka.web.paging import Page

F = TypeVar("F")
Moment = Annotated[datetime, Meta(tz=True)]


class Author(Struct, frozen=True):
    id: Annotated[UUID, Meta(description="Of the account.")]
    name: Annotated[str | None, Meta(description="As it is now; null when there is none, or no account any more.")]


class FromTo(Struct, frozen=True, rename={"before": "from", "after": "to"}):
    before: Any
    after: Any


class Change(Struct, Generic[F], frozen=True, kw_only=True):
    id: UUID
    at: Moment
    action: Action
    version: Annotated[int, Meta(description="The row version that it left: the number an ETag begins with.")]
    by: Annotated[Author | None, Meta(description="Null: what was deleted 30 days ago went for good.")]
    request_id: Annotated[str, Meta(description="The X-Request-ID of the answer.")]
    changes: F


class ChangePage(Page[Change[dict[str, FromTo]]], frozen=True, kw_only=True):
    pass


EXAMPLE = ChangePage(
    items=[
        Change(
            id=UUID("c2a4f9e8-71b3-4f0e-9d57-0a6b3e8d1c44"),
            at=datetime(2026, 11, 25, 18, 0, tzinfo=UTC),
            action="change",
            version=2,
            by=Author(UUID("0b6f1e1c-5d6a-4a55-9a52-6c1d8f3a2b10"), "Olena"),
            request_id="5f0c2b7d9a310000000001",
            changes={"minutes": FromTo(78, 87)},
        )
    ],
    total=1,
    page=1,
    page_size=50,
    cursor=None,
)
