"""Types of the parameters of a path and a query: each takes text, strictly, and gives the canonical value."""

import re
import unicodedata
from typing import Annotated, Any
from uuid import UUID

from pydantic import AfterValidator, AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field
from pydantic_core import PydanticCustomError

_WHOLE = re.compile(r"-?[0-9]{1,18}")
_DECIMAL = re.compile(r"-?[0-9]{1,18}(\.[0-9]{1,18})?")
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)

_MOMENT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,9})?(Z|[+-][0-9]{2}:[0-9]{2})", re.IGNORECASE
)


class Parameters(BaseModel):
    """Base of what a route takes from path or query. A field of tuple type may be repeated in the URL."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Nothing(Parameters):
    """No parameters."""


def _whole(value: Any) -> int:
    if not _WHOLE.fullmatch(str(value)):
        raise PydanticCustomError("whole_number", "Must be a whole number, such as 3")
    return int(value)


def _decimal(value: Any) -> float:
    if not _DECIMAL.fullmatch(str(value)):
        raise PydanticCustomError("number", "Must be a number, such as 7.5")
    return float(value)


def _uuid(value: Any) -> UUID:
    if not _UUID.fullmatch(str(value)):
        raise PydanticCustomError("uuid", "Must be a UUID, such as 0190d3a2-7c1e-7b43-9f4e-0d8f3c1a2b3c")
    return UUID(str(value))


def _moment(value: Any) -> Any:
    if not _MOMENT.fullmatch(str(value)):
        raise PydanticCustomError("moment", "Must be a moment with its offset, such as 2026-01-31T18:30:00Z")
    return value


def canonical_text(value: str) -> str:
    """NFC, casefolded, white space collapsed: spellings that search treats alike share one cached answer."""
    text = " ".join(unicodedata.normalize("NFC", unicodedata.normalize("NFC", value).casefold()).split())
    if not any(_is_seen(c) for c in text):
        raise PydanticCustomError("blank", "Must hold at least one visible character")
    return text


def wordy(value: str) -> str:
    """Has a letter or a digit: what is compared by words must have one, or everything would pass."""
    if not any(unicodedata.category(c)[0] in "LN" for c in value):
        raise PydanticCustomError("wordless", "Must hold a letter or a digit")
    return value


def _is_seen(character: str) -> bool:
    return unicodedata.category(character)[0] not in "CZ"


# Limits stand before these in Annotated, so that they reach the JSON schema: Annotated[int, Field(ge=1), WHOLE].
WHOLE = BeforeValidator(_whole)
DECIMAL = BeforeValidator(_decimal)
Moment = Annotated[AwareDatetime, BeforeValidator(_moment)]
"""RFC 3339 §5.6; pydantic alone also takes seconds since 1970."""
Id = Annotated[UUID, BeforeValidator(_uuid)]
Text = Annotated[str, Field(min_length=1, max_length=500), AfterValidator(canonical_text)]
Wordy = Annotated[str, Field(min_length=1, max_length=500), AfterValidator(canonical_text), AfterValidator(wordy)]
