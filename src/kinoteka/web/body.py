"""Reads the body of a request, as much of it as a route allows."""

from collections.abc import Collection, Mapping

from litestar.types import Receive

from kinoteka.errors import TooLargeError, UnsupportedMediaTypeError
from kinoteka.web.answer import JSON

MERGE_PATCH = b"application/merge-patch+json"
"""RFC 7396."""
_LET_FINISH = 4 * 1024 * 1024
"""Bytes of a body that is too large that are read all the same."""
LARGEST = 64 * 1024
"""Bytes, unless a route says otherwise."""


async def read_json_body(
    headers: Mapping[bytes, bytes], receive: Receive, largest: int, types: Collection[bytes] = (JSON,)
) -> bytes:
    """Raises UnsupportedMediaTypeError, and TooLargeError before more than `largest` bytes are kept."""
    told = headers.get(b"content-length", b"")
    if told.isdigit() and int(told) > largest:
        await _let_finish(receive)
        raise _too_large(largest)
    body = await _read(receive, largest)
    kind = headers.get(b"content-type", b"").partition(b";")[0].strip().lower()
    if kind not in types and (body or kind):
        names = [name.decode() for name in types]
        raise UnsupportedMediaTypeError(f"Send the body as {' or '.join(names)}.", headers={"Accept": ", ".join(names)})
    return body


async def _read(receive: Receive, largest: int) -> bytes:
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] != "http.request":
            return bytes(body)  # the client went away
        body += message["body"]
        if len(body) > largest:
            if message.get("more_body"):
                await _let_finish(receive)
            raise _too_large(largest)
        if not message.get("more_body"):
            return bytes(body)


async def _let_finish(receive: Receive) -> None:
    """Whoever is still sending when the connection is closed never reads why; nothing of it is kept."""
    left = _LET_FINISH
    while left > 0:
        message = await receive()
        if message["type"] != "http.request" or not message.get("more_body"):
            return
        left -= len(message["body"])


def _too_large(largest: int) -> TooLargeError:
    return TooLargeError(f"The body may have {largest:,} bytes.")
