"""Codes and texts of faults: ours, whatever the library calls them, for clients compare the codes."""

from collections.abc import Mapping
from typing import Any

_RULES = {
    "missing": ("missing", "Must be given"),
    "model_type": ("wrong_type", "Must be an object"),
    "model_attributes_type": ("wrong_type", "Must be an object"),
    "string_type": ("wrong_type", "Must be a text"),
    "int_type": ("wrong_type", "Must be a whole number"),
    "bool_type": ("wrong_type", "Must be true or false"),
    "list_type": ("wrong_type", "Must be a list"),
    "frozen_set_type": ("wrong_type", "Must be a list"),
    "set_type": ("wrong_type", "Must be a list"),
    "tuple_type": ("wrong_type", "Must be a list"),
    "extra_forbidden": ("unknown", "There is no such field"),
    "literal_error": ("choice", "Must be {expected}"),
    "enum": ("choice", "Must be {expected}"),
    "string_pattern_mismatch": ("pattern", "Must match {pattern}"),
    "string_too_short": ("too_short", "Must hold at least {min_length} characters"),
    "string_too_long": ("too_long", "Must hold at most {max_length} characters"),
    "too_short": ("too_few", "Must hold at least {min_length} values"),
    "too_long": ("too_many", "Must hold at most {max_length} values"),
    "greater_than_equal": ("too_small", "Must be at least {ge}"),
    "less_than_equal": ("too_large", "Must be at most {le}"),
}


def explain(error: Mapping[str, Any]) -> tuple[str, str]:
    """Code and text of one of pydantic's errors; those with a code of our own keep theirs."""
    kind: str = error["type"]
    if "reason" in error.get("ctx", {}):  # one of ours
        return kind, error["ctx"]["reason"]
    if kind in _RULES:
        code, text = _RULES[kind]
        return code, text.format_map({name: _plain(value) for name, value in error.get("ctx", {}).items()})
    return ("wrong_type" if kind.endswith(("_type", "_parsing")) else kind), error["msg"]


def _plain(value: object) -> object:
    """As it is written in a URL: without the quotes that mark texts in Python."""
    return value.replace("'", "") if isinstance(value, str) else value
