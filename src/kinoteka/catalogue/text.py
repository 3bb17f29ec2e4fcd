"""What makes two titles or two names the same, and what counts as blank."""

import hashlib
import unicodedata

_LONGEST_KEY = 1000  # bytes; a B-tree entry takes 2,704 at most


def same_text_key(text: str) -> str:
    """NFKC, casefolded, white space collapsed: equal for two spellings of one title. Long ones end in a digest."""
    key = " ".join(unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold()).split())
    encoded = key.encode()
    if len(encoded) <= _LONGEST_KEY:
        return key
    return encoded[:_LONGEST_KEY].decode(errors="ignore") + "…" + hashlib.sha256(encoded).hexdigest()


def is_blank(text: str) -> bool:
    """True when nothing in it would be seen: white space, format, control and unassigned characters only."""
    return all(c.isspace() or unicodedata.category(c)[0] == "C" or unicodedata.category(c) in _UNSEEN for c in text)


_UNSEEN = {"Zl", "Zp", "Zs"}
