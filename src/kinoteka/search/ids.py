"""Ids in texts that anybody may have written."""

from uuid import UUID

_LENGTH = 36


def find_id(text: str) -> UUID | None:
    """None unless the text is an id with hyphens and nothing else."""
    try:
        return UUID(text) if len(text) == _LENGTH else None
    except ValueError:
        return None
