"""A body that is no JSON: its handler reads it once it is ready for it, and no more of it than is allowed."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from litestar.types import Receive

from kinoteka.errors import MalformedError, RequestTimeoutError, TooLargeError, UnsupportedMediaTypeError

PATIENCE = 60.0
"""Seconds in which a body must have come."""


@dataclass(frozen=True)
class Upload:
    """What a route takes. `largest`: bytes."""

    media_types: tuple[str, ...]
    largest: int
    schema: Mapping[str, Any] | None = None
    """Of a form, in OpenAPI; None for a file that is the body itself."""

    def check(self, headers: Mapping[bytes, bytes]) -> None:
        """What can be said before anything is read. Raises UnsupportedMediaTypeError and TooLargeError."""
        kind = headers.get(b"content-type", b"").partition(b";")[0].strip().lower().decode("latin-1")
        if kind not in self.media_types:
            names = ", ".join(self.media_types)
            what = "the file itself as the body, with its Content-Type:" if self.schema is None else "the form as"
            raise UnsupportedMediaTypeError(f"Send {what} {names}.", headers={"Accept": names})
        told = headers.get(b"content-length", b"")
        if told.isdigit() and int(told) > self.largest:
            raise self.too_large()

    def too_large(self) -> TooLargeError:
        return TooLargeError(f"The body may have {self.largest:,} bytes.")


@dataclass(frozen=True)
class Incoming:
    """A body that waits at the client until it is read; once."""

    upload: Upload
    receive: Receive

    async def read(self) -> bytes:
        """Raises TooLargeError before more than allowed is kept, RequestTimeoutError, and MalformedError when it ends
        in the middle."""
        try:
            async with asyncio.timeout(PATIENCE):
                return await self._read()
        except TimeoutError:
            raise RequestTimeoutError(f"The body did not come within {PATIENCE:.0f} s; send it again.") from None

    async def _read(self) -> bytes:
        body = bytearray()
        while True:
            message = await self.receive()
            if message["type"] != "http.request":
                raise MalformedError("The body was cut off; send it again.")
            body += message["body"]
            if len(body) > self.upload.largest:
                raise self.upload.too_large()
            if not message.get("more_body"):
                return bytes(body)
