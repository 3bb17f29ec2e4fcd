"""Pages on the wire: the envelope, opaque cursors, Link headers (RFC 8288)."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from hashlib import blake2b
from typing import Any, Generic, TypeVar
from urllib.parse import quote

from msgspec import MsgspecError, Struct
from msgspec import msgpack as codec

from kinoteka.errors import Fault, InvalidError
from kinoteka.web.answer import Header
from kinoteka.web.page_query import MAX_DEPTH

T = TypeVar("T")

CursorValues = tuple[int | float | str | None, ...]


class Page(Struct, Generic[T], frozen=True, kw_only=True):
    """`page` is null on a page reached by cursor; `cursor` leads to the next page, null on the last one."""

    items: list[T]
    total: int
    page: int | None
    page_size: int
    cursor: str | None


class _Cursor(Struct, frozen=True, array_like=True):
    digest: bytes
    values: CursorValues


def cursor_digest(*asked: object) -> bytes:
    """Of everything that must not change on the way: filters and sorting, not the size of a page."""
    return blake2b(codec.encode(asked), digest_size=8).digest()


def encode_cursor(digest: bytes, values: CursorValues) -> str:
    return urlsafe_b64encode(codec.encode(_Cursor(digest, values))).decode().rstrip("=")


def decode_cursor(cursor: str, digest: bytes) -> CursorValues:
    """Raises InvalidError for a text that is no cursor or belongs to other filters or another order."""
    try:
        found = codec.decode(urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)), type=_Cursor)
    except (MsgspecError, ValueError):
        raise invalid_cursor("Must be a cursor that an earlier page gave") from None
    if found.digest != digest:
        raise invalid_cursor("Belongs to other filters or another order; begin again without it")
    return found.values


def invalid_cursor(detail: str) -> InvalidError:
    return InvalidError("One parameter is wrong.", [Fault(code="cursor", detail=detail, parameter="cursor")])


def link_header(path: str, kept: Mapping[str, Any], targets: Mapping[str, Mapping[str, Any]]) -> Header:
    """`kept`: the parameters every target shares; `targets`: what each relation adds."""
    shared = _pairs(kept)
    links = [f'<{path}?{_query([*shared, *_pairs(extra)])}>; rel="{rel}"' for rel, extra in targets.items()]
    return b"link", ", ".join(links).encode()


def page_links(path: str, kept: Mapping[str, Any], page: Page[Any], total: int | None) -> Header:
    """`total`: None where it is no exact count. Pages that numbers do not reach are linked by cursor, or not at all."""
    number, size = page.page, page.page_size
    targets: dict[str, dict[str, Any]] = {"first": {"page": 1}}
    last = None if total is None else max(1, -(-total // size))
    if number is not None and number > 1:
        targets["prev"] = {"page": number - 1 if last is None else min(number - 1, last)}
    if (
        number is not None
        and (number + 1) * size <= MAX_DEPTH
        and (page.cursor is not None or (last is not None and number < last))
    ):
        targets["next"] = {"page": number + 1}
    elif page.cursor is not None:
        targets["next"] = {"cursor": page.cursor}
    if last is not None and last * size <= MAX_DEPTH:
        targets["last"] = {"page": last}
    return link_header(path, kept, targets)


def _query(pairs: list[tuple[str, str, str]]) -> str:
    return "&".join([encoded for _, _, encoded in sorted(pairs)])


def _pairs(parameters: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """Name, value, and both as they are written in a query."""
    texts = [
        (name, _text(one))
        for name, value in parameters.items()
        for one in (value if isinstance(value, tuple) else (value,))
    ]
    return [(name, text, f"{name}={quote(text, safe='')}") for name, text in texts]


def _text(value: Any) -> str:
    return f"{value:.18f}".rstrip("0").rstrip(".") if isinstance(value, float) else str(value)
