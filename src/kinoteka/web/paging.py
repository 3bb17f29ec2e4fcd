"""Pages on the wire: the envelope, opaque cursors, Link headers (RFC 8288)."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterable, Mapping
from hashlib import blake2b
from typing import Any, Generic, TypeVar
from urllib.parse import quote, urlencode

from msgspec import MsgspecError, Struct
from msgspec import msgpack as codec

from kinoteka.errors import Fault, InvalidError
from kinoteka.web.answer import Header

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
    links = [f'<{path}?{_query({**kept, **extra})}>; rel="{rel}"' for rel, extra in targets.items()]
    return b"link", ", ".join(links).encode()


def _query(parameters: Mapping[str, Any]) -> str:
    return urlencode(sorted(_pairs(parameters)), quote_via=quote)


def _pairs(parameters: Mapping[str, Any]) -> Iterable[tuple[str, str]]:
    for name, value in parameters.items():
        for one in value if isinstance(value, tuple) else (value,):
            yield name, _text(one)


def _text(value: Any) -> str:
    return f"{value:.18f}".rstrip("0").rstrip(".") if isinstance(value, float) else str(value)
