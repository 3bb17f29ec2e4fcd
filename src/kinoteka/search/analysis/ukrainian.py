"""A light stemmer for Ukrainian: endings off, then the vowels and consonants that alternate made one.

It is meant for matching, not for grammar: «ніч» and «ночі», «рука» and «руці», «хлопець» and «хлопці» meet in one
stem. Endings after the school grammar's tables of declension; the longest goes that leaves two letters with a vowel.
"""

import re

_DECLENSION = """
а я о е є у ю и і ї ь ого ому ими ої ою єю ею ий ій им ім их іх ами ями ам ям ах ях ові еві єві ом ем єм ів їв ей ию
ення іння ання нням нню нні ія ії ію ією іям іями іях ський ська ське ського ської ському ській ських ським ські
"""
_CONJUGATION = "ати яти ити іти увати ає яє ує ює ив ала ила али или ймо йте иш ить ять уть ють ішого іший ішої"
_ENDINGS = frozenset({*_DECLENSION.split(), *_CONJUGATION.split()})
_LONGEST = max(map(len, _ENDINGS))
_VOWELS = "аеєиіїоуюя"
_VOWEL = re.compile(f"[{_VOWELS}]")
_DOUBLED = re.compile(r"(.)\1$")
_FLEETING = re.compile(rf"([^{_VOWELS}])[оеє]([кцнлр])$")
_LAST_VOWEL = re.compile(rf"[оеі]([^{_VOWELS}]*)$")
_SOFTENED = str.maketrans({"з": "г", "ж": "г", "ц": "к", "ч": "к", "с": "х", "ш": "х"})


def stem_ukrainian(word: str) -> str:
    """`word`: folded, without apostrophes."""
    stem = _DOUBLED.sub(r"\1", _without_ending(word))
    stem = _FLEETING.sub(r"\1\2", stem) if len(stem) > 3 else stem
    stem = _LAST_VOWEL.sub(r"о\1", stem)
    return stem[:-1] + stem[-1:].translate(_SOFTENED)


def _without_ending(word: str) -> str:
    for length in range(min(_LONGEST, len(word) - 2), 0, -1):
        if word[-length:] in _ENDINGS and _VOWEL.search(word, 0, len(word) - length):
            return word[:-length]
    return word
