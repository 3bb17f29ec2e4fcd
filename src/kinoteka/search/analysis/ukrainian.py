"""A light stemmer for Ukrainian nouns and adjectives: endings off, then the vowels and consonants that alternate made one.

It is meant for matching, not for grammar: «ніч» and «ночі», «рука» and «руці», «хлопець» and «хлопці» meet in one stem.
Endings after the school grammar's declension tables; the longest that leaves a stem of two letters with a vowel goes.
"""

import re

_ENDINGS = sorted(
    [
        "ого",
        "ому",
        "ими",
        "ими",
        "ої",
        "ою",
        "ою",
        "єю",
        "ею",
        "ий",
        "ій",
        "им",
        "ім",
        "их",
        "іх",
        "а",
        "я",
        "о",
        "е",
        "є",
        "у",
        "ю",
        "и",
        "і",
        "ї",
        "ь",
        "ами",
        "ями",
        "ам",
        "ям",
        "ах",
        "ях",
        "ові",
        "еві",
        "єві",
        "ом",
        "ем",
        "єм",
        "ів",
        "їв",
        "ей",
        "ою",
        "ию",
        "иною",
        "ії",
        "ією",
        "ію",
        "ія",
        "ій",
        "іям",
        "іями",
        "іях",
        "ння",
        "нням",
        "нню",
        "нні",
        "ть",
        "тю",
        "ті",
        "ся",
        "сь",
        "ати",
        "яти",
        "ити",
        "іти",
        "увати",
        "ає",
        "яє",
        "ує",
        "ює",
        "ив",
        "ала",
        "ила",
        "али",
        "или",
        "ло",
        "ли",
        "в",
        "ймо",
        "йте",
        "иш",
        "иш",
        "ить",
        "ять",
        "ять",
        "уть",
        "ють",
        "ішого",
        "іший",
        "ішої",
        "ський",
        "ська",
        "ське",
        "ського",
        "ської",
        "ському",
        "ській",
        "ських",
        "ським",
        "ські",
    ],
    key=len,
    reverse=True,
)
_ENDINGS = [
    ending for ending in dict.fromkeys(_ENDINGS) if ending not in {"ть", "тю", "ті", "в", "ся", "сь", "ло", "ли"}
]
_VOWELS = "аеєиіїоуюя"
_FLEETING = re.compile(rf"([^{_VOWELS}])[оеє]([кцнлр])$")
_LAST_VOWEL = re.compile(rf"[оеі]([^{_VOWELS}]*)$")
_SOFTENED = str.maketrans({"з": "г", "ж": "г", "ц": "к", "ч": "к", "с": "х", "ш": "х"})


def stem_ukrainian(word: str) -> str:
    """`word`: folded, without apostrophes."""
    stem = _without_ending(word)
    stem = _FLEETING.sub(r"\1\2", stem) if len(stem) > 3 else stem
    stem = _LAST_VOWEL.sub(r"о\1", stem)
    return stem[:-1] + stem[-1:].translate(_SOFTENED)


def _without_ending(word: str) -> str:
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= 2 and any(v in word[: -len(ending)] for v in _VOWELS):
            return word[: -len(ending)]
    return word
