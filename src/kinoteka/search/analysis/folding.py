"""Text as it is compared: one case, no diacritics, one form of every hyphen and apostrophe, no unseen characters."""

import unicodedata

_KEEP_MARKS = {"й", "ї"}
_OTHER_LETTERS = {
    "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i", "ґ": "г", "ħ": "h", "ŋ": "n",
    "½": " 1/2", "¼": " 1/4", "¾": " 3/4", "&": " and ",
}  # fmt: skip
_APOSTROPHES = "'’‘ʼ`´ʹ′‛ʻʽ＇"
_HYPHENS = "-‐‑‒–—―−－"


class _Folded(dict[int, str]):
    """A table for str.translate that works out each character once."""

    def __missing__(self, code: int) -> str:
        self[code] = folded = _fold_character(chr(code))
        return folded


def _fold_character(character: str) -> str:
    if character in _APOSTROPHES:
        return "'"
    if character in _HYPHENS:
        return "-"
    if character in _OTHER_LETTERS:
        return _OTHER_LETTERS[character]
    if unicodedata.category(character) in {"Cf", "Cs", "Cn", "Co"} or _is_stress(character):
        return ""
    lowered = character.casefold()
    return "".join(_plain(letter) for letter in unicodedata.normalize("NFKC", lowered).casefold())


def _is_stress(character: str) -> bool:
    return "\u0300" <= character <= "\u036f"


def _plain(letter: str) -> str:
    """Without the marks that Latin, Greek and Cyrillic letters carry; other scripts need theirs."""
    if letter in _KEEP_MARKS:
        return letter
    if letter in _OTHER_LETTERS:
        return _OTHER_LETTERS[letter]
    bare = "".join(part for part in unicodedata.normalize("NFD", letter) if not _is_stress(part))
    return unicodedata.normalize("NFC", bare)


_TABLE = _Folded()


def fold(text: str) -> str:
    """Any string in, one to compare by out; fold(fold(x)) == fold(x)."""
    if text.isascii():  # then there is nothing to normalise
        return text.translate(_TABLE)
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFC", text).translate(_TABLE)).translate(_TABLE)


def without_surrogates(text: str) -> str:
    """Lone surrogates cannot be encoded, so nothing stored has them; here they become question marks."""
    return text if text.isascii() else text.encode(errors="replace").decode()


def aligned(text: str) -> str:
    """Folded as far as every character keeps its place; what folding drops is an apostrophe, which parts no word."""
    folded = text.translate(_TABLE)
    return folded if len(folded) == len(text) else "".join(_TABLE[ord(character)][:1] or "'" for character in text)
