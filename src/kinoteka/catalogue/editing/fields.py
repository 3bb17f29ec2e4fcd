"""Types of the fields that people write: each is checked for what it is alone, and shown to them when it is wrong."""

import unicodedata
from datetime import date
from typing import Annotated

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from kinoteka.catalogue import limits
from kinoteka.catalogue.text import is_blank


def fault(code: str, reason: str) -> PydanticCustomError:
    """One that keeps its code and text on its way through pydantic."""
    return PydanticCustomError(code, "{reason}", {"reason": reason})


def _line(value: str) -> str:
    """White space collapsed; otherwise as it was typed."""
    if any(unicodedata.category(c) == "Cc" for c in value):
        raise fault("control", "Must hold no control characters, nor line breaks")
    return _seen(" ".join(value.split()))


def _prose(value: str) -> str:
    text = value.replace("\r\n", "\n").strip()
    if any(unicodedata.category(c) == "Cc" and c not in "\n\t" for c in text):
        raise fault("control", "Must hold no control characters but line breaks")
    return _seen(text)


def _seen(text: str) -> str:
    if is_blank(text):
        raise fault("blank", "Must hold visible characters")
    return text


def _partial_date(value: str) -> str:
    try:
        date.fromisoformat(value if len(value) > 4 else f"{value}-01-01")
    except ValueError:
        raise fault("date", "Must be a year or a day that there is, such as 1962 or 1962-03-14") from None
    return value


def _two_decimals(value: float) -> float:
    if round(value, 2) != value:
        raise fault("decimals", "Must have two decimals at most")
    return value


Title = Annotated[str, Field(min_length=1, max_length=limits.LONGEST_TITLE), AfterValidator(_line)]
Name = Annotated[str, Field(min_length=1, max_length=limits.LONGEST_NAME), AfterValidator(_line)]
GenreName = Annotated[str, Field(min_length=1, max_length=limits.LONGEST_GENRE), AfterValidator(_line)]
Description = Annotated[str, Field(min_length=1, max_length=limits.LONGEST_DESCRIPTION), AfterValidator(_prose)]
Character = Annotated[str, Field(min_length=1, max_length=limits.LONGEST_CHARACTER), AfterValidator(_line)]
Language = Annotated[
    str,
    Field(pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$", max_length=35, description="BCP 47, such as uk or pt-BR."),
]
Year = Annotated[int, Field(ge=limits.FIRST_YEAR, le=limits.LAST_YEAR, description="Of the first showing.")]
Minutes = Annotated[int, Field(ge=1, le=limits.LONGEST_MINUTES, description="Running time.")]
Rating = Annotated[
    float, Field(ge=1, le=10, description="Of the prior; goes with votes."), AfterValidator(_two_decimals)
]
Votes = Annotated[int, Field(ge=0, le=limits.MOST_VOTES, description="Of the prior; goes with rating.")]
ExternalId = Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]{1,64}$")]
PartialDate = Annotated[
    str,
    Field(pattern=r"^\d{4}(-\d\d-\d\d)?$", description="A year or a day: 1962 or 1962-03-14."),
    AfterValidator(_partial_date),
]
