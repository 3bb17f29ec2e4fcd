"""Forms with files (multipart/form-data, RFC 7578), read in memory: the route's limit has already bounded them."""

import io
from collections.abc import Mapping
from dataclasses import dataclass, field

from multipart import (  # type: ignore[import-untyped] # it has none
    MultipartError,
    MultipartParser,
    parse_options_header,
)

from kinoteka.errors import MalformedError

_MOST_PARTS = 16
_LONGEST_TEXT = 1000


@dataclass(frozen=True)
class File:
    """`name`: as the client calls it; nothing is ever stored under it."""

    name: str
    content: bytes


@dataclass(frozen=True)
class Form:
    texts: dict[str, str] = field(default_factory=dict)
    files: dict[str, File] = field(default_factory=dict)
    repeated: set[str] = field(default_factory=set)


def parse_form(headers: Mapping[bytes, bytes], body: bytes) -> Form:
    """Raises MalformedError when it is no form."""
    _, options = parse_options_header(headers.get(b"content-type", b"").decode("latin-1"))
    boundary = options.get("boundary", "")
    if not boundary:
        raise MalformedError("The Content-Type has no boundary; let the client make the form.")
    size = len(body) + 1
    parser = MultipartParser(
        io.BytesIO(body), boundary, part_limit=_MOST_PARTS, spool_limit=size, memory_limit=2 * size, strict=True
    )
    form = Form()
    try:
        for part in parser:
            _add(form, part.name, part.filename, part.raw)
    except (MultipartError, UnicodeDecodeError) as error:
        raise MalformedError(f"The body is no form: {error}.") from None
    return form


def _add(form: Form, name: str, file_name: str | None, content: bytes) -> None:
    if name in form.texts or name in form.files:
        form.repeated.add(name)
    elif file_name is not None:
        form.files[name] = File(file_name, content)
    else:
        form.texts[name] = content[:_LONGEST_TEXT].decode()
