"""If-Match: whoever changes something says which state of it they have seen (RFC 9110 §13.1.1)."""

import re
from typing import Annotated, Any

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from kinoteka.errors import PreconditionFailedError, PreconditionRequiredError
from kinoteka.web.decode import Call
from kinoteka.web.idempotency import Keyed
from kinoteka.web.parameters import Parameters

_TAG = r'(?:W/)?"[\x21\x23-\x7e\x80-\xff]*"'
_LIST = re.compile(rf"\*|{_TAG}(?:[ \t]*,[ \t]*{_TAG})*")
_VERSION = re.compile(r'(?:^|[ \t,])"(\d{1,9})\.')
"""Of a strong tag; a weak one never matches."""


def _tags(value: str) -> str:
    if not _LIST.fullmatch(value.strip()):
        raise PydanticCustomError("etag", "Must be * or ETags in their quotes, with commas between")
    return value.strip()


class Conditional(Parameters):
    """The header model of routes that change what may have been changed meanwhile."""

    if_match: Annotated[
        str | None,
        Field(
            max_length=2000,
            description="The ETag that it was read with; `*` for whatever it is now. Without it 428, outdated 412.",
        ),
        AfterValidator(lambda value: value and _tags(value)),
    ] = None


class KeyedConditional(Keyed, Conditional):
    """Both."""


def required_match(call: Call[Any]) -> str:
    """Raises PreconditionRequiredError."""
    condition: str | None = call.parameters.get("if_match")
    if condition is None:
        raise PreconditionRequiredError("Send the ETag that you have read in If-Match, or * to overwrite whatever is.")
    return condition


def check_match(condition: str, version: int) -> None:
    """Compares row versions alone: the rest of a tag tells codings and what others changed in the answer apart.

    Raises PreconditionFailedError.
    """
    if condition != "*" and version not in map(int, _VERSION.findall(condition)):
        raise PreconditionFailedError("It was changed meanwhile; read it again, and repeat the change if it is wanted.")
