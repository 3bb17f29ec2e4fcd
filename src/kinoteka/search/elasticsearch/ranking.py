"""Best first."""

from typing import Any


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
        "sort": [{"_score": "desc"}, "id"],
    }
