"""Latin letters among Cyrillic ones that only look like them, and the other way round."""

import re

_PAIRS = (("aceiopxyjshABCEHIKMOPTXYSJ", "асеіорхујѕһАВСЕНІКМОРТХУЅЈ"),)
_TO_CYRILLIC = str.maketrans(*_PAIRS[0])
_TO_LATIN = str.maketrans(_PAIRS[0][1], _PAIRS[0][0])
_COMMON = "aceiopxyABCEHIKMOPTXY"
_LATIN_LETTER = re.compile(r"[A-Za-z]")
_CYRILLIC_LETTER = re.compile(r"[\u0400-\u04ff]")
_ONLY_CYRILLIC = re.compile(r"[бвгґдёжзийклмнптфцчшщъыьэюяїєБГҐДЁЖЗИЙЛПФЦЧШЩЪЫЬЭЮЯЇЄ]")
_WORD = re.compile(r"[^\W\d_]+")
_ROMAN = re.compile(r"[IVXLCDM]+")


def repair_homoglyphs(text: str) -> str:
    """Every word in one script: that of its letters which have no look-alike, else that of the text around it."""
    if not _CYRILLIC_LETTER.search(text) or not _LATIN_LETTER.search(text):
        return text
    around_is_cyrillic = bool(_ONLY_CYRILLIC.search(text))
    return _WORD.sub(lambda match: _repair(match.group(), around_is_cyrillic), text)


def _repair(word: str, around_is_cyrillic: bool) -> str:
    if not _LATIN_LETTER.search(word):
        return word
    if _CYRILLIC_LETTER.search(word):
        return word.translate(_TO_CYRILLIC if _is_mostly_cyrillic(word) else _TO_LATIN)
    if around_is_cyrillic and not _ROMAN.fullmatch(word) and all(letter in _COMMON for letter in word):
        return word.translate(_TO_CYRILLIC)
    return word


def _is_mostly_cyrillic(word: str) -> bool:
    if _ONLY_CYRILLIC.search(word):
        return True
    return all(not _LATIN_LETTER.match(letter) or letter in _PAIRS[0][0] for letter in word)
