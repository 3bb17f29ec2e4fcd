"""What every list takes from a query string: which page, how large."""

from collections.abc import Iterator, Mapping
from typing import Annotated, Any

from pydantic import Field

from kinoteka.errors import Fault
from kinoteka.web.decode import DEFAULT_UNSAID, Checked
from kinoteka.web.parameters import WHOLE

MAX_DEPTH = 50_000
"""Results that pages by number reach; cursors go on from there."""

Number = Annotated[int, Field(ge=1, le=1_000_000), WHOLE]
PageSize = Annotated[int, Field(ge=1, le=100), WHOLE]


class Numbered(Checked):
    """Pages by number alone."""

    page: Annotated[
        Number,
        Field(
            description=f"From 1, which is the default; no further than {MAX_DEPTH:,} results.",
            json_schema_extra={DEFAULT_UNSAID: True},
        ),
    ] = 1
    page_size: Annotated[PageSize, Field(description="Items on a page.")] = 50

    @classmethod
    def faults(cls, valid: Mapping[str, Any]) -> Iterator[Fault]:
        yield from super().faults(valid)
        size = valid.get("page_size", cls.model_fields["page_size"].default)
        if valid.get("page", 1) * size > MAX_DEPTH and "page" in valid:
            detail = f"Pages reach {MAX_DEPTH:,} results; go on with the cursor that every page but the last carries"
            yield Fault(code="too_deep", detail=detail, parameter="page")


class Paged(Numbered):
    cursor: Annotated[
        str | None,
        Field(min_length=1, max_length=2000, description="Of an earlier page, to go on after it; not with page."),
    ] = None

    @classmethod
    def faults(cls, valid: Mapping[str, Any]) -> Iterator[Fault]:
        yield from super().faults(valid)
        if "cursor" in valid and "page" in valid:
            yield Fault(code="conflict", detail="Goes without page", parameter="cursor")
