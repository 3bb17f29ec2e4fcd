"""What makes two titles or two names the same, and what counts as blank."""

import hashlib
import re
import unicodedata

_LONGEST_KEY = 1000  # bytes; a B-tree entry takes 2,704 at most


def is_storable(text: str) -> bool:
    """Whether it says anything, and PostgreSQL keeps it: it has no NUL in a text."""
    return bool(text.strip()) and "\0" not in text


def same_text_key(text: str) -> str:
    """NFKC, casefolded, without what is never seen, white space collapsed: equal for two spellings of one title.

    Long ones end in a digest. Unicode calls all but the last step NFKC_Casefold.
    """
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    key = " ".join(_IGNORABLE.sub("", folded).split())
    encoded = key.encode()
    if len(encoded) <= _LONGEST_KEY:
        return key
    return encoded[:_LONGEST_KEY].decode(errors="ignore") + "…" + hashlib.sha256(encoded).hexdigest()


def is_blank(text: str) -> bool:
    """True when nothing in it would be seen: white space, fillers, format, control and unassigned characters only."""
    return all(c.isspace() or unicodedata.category(c)[0] in "CZ" for c in _FILLERS.sub("", text))


# Default_Ignorable_Code_Point of Unicode's DerivedCoreProperties.txt: joiners, selectors, Hangul and Khmer fillers.
_IGNORABLE_RANGES = (
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164"
    "\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufff8\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
_IGNORABLE = re.compile(f"[{_IGNORABLE_RANGES}]")
_FILLERS = re.compile(f"[{_IGNORABLE_RANGES}\u2800]")
"""Also the Braille pattern without dots."""
