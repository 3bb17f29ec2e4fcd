"""Orders: best first, and among equals by id."""

from typing import Any

BY_ID = ("id_high", "id_low")
WHOLE = range(-(2**63), 2**63)
"""What a whole number may be."""


def ranked(query: dict[str, Any]) -> dict[str, Any]:
    """By the score times the document's quality; ties go by id."""
    return {
        "query": {
            "function_score": {
                "query": query,
                "field_value_factor": {"field": "quality", "missing": 1},
                "boost_mode": "multiply",
            }
        },
        "sort": [{"_score": "desc"}, *BY_ID],
    }
