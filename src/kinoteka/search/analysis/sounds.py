"""One coarse Latin key for what sounds alike: every script and transliteration scheme of a title should meet in it.

The classes follow what schemes disagree on: г as g or h, х as kh, h or x, щ as shch or sch, ц as ts or c, я as ya, ia
or ja, ё as yo or e, й as y, i or j, soft signs as apostrophes or nothing.
"""

import re
from collections.abc import Callable, Iterable
from typing import NamedTuple

from kinoteka.search.analysis.folding import fold
from kinoteka.search.analysis.memo import remembered

_SCHOLARLY = str.maketrans({"š": "sh", "č": "ch", "ž": "zh", "ŝ": "shch", "â": "ya", "û": "yu", "ë": "yo", "ё": "йо"})
_LATIN = str.maketrans(
    dict(
        zip("абвгдезийклмнопрстуфыэіїъь", [*"abvhdeziiklmnoprstufieii", "", ""], strict=True),
        ж="zh", х="kh", ц="ts", ч="ch", ш="sh", щ="shch", ю="yu", я="ya", є="ye", ґ="h", ў="u",
    )
)  # fmt: skip


class _Rule(NamedTuple):
    """Of `either` and `other` a word holds one wherever the pattern fits: looking for them takes a tenth of trying."""

    either: str
    other: str
    replace: Callable[[str, str], str]
    sound: str


def _rules(*given: tuple[str, str, str]) -> tuple[_Rule, ...]:
    """Of what a word must hold (one or two, with a space between), a pattern, and how that sounds."""
    held = [(needed.split(), pattern, sound) for needed, pattern, sound in given]
    return tuple(_Rule(needed[0], needed[-1], re.compile(pattern).sub, sound) for needed, pattern, sound in held)


_RULES = _rules(
    ("d", r"d[zž]h|dj", "J"), ("s", r"shch|sch|szcz|sc(?=h)", "S"), ("sh sz", r"sh|sz", "S"),
    ("ch cz", r"tch|ch|cz", "C"), ("zh", r"zh", "Z"), ("kh g", r"kh|gh|g", "h"), ("ts tz", r"ts|tz", "c"),
    ("ck q", r"ck|q", "k"), ("ph", r"ph", "f"), ("w", r"w", "v"), ("x", r"x", "ks"), ("y j", r"[yj]", "i"),
    ("ii", r"i+", "i"), ("i", r"(?<=[aeou])i|i(?=[aeou])", ""),
)  # fmt: skip
_MUTE = re.compile(r"[^a-zA-Z0-9\u0080-\uffff]")
_READ_ALOUD = _rules(
    ("j", r"j", "dzh"), ("mc", r"^mc", "mak"), ("ch", r"ch(?=[lr])", "k"), ("th", r"th", "t"), ("tz ts", r"tz|ts", "s"),
    ("c", r"c(?=[eiy])", "s"), ("c", r"(?<![sc])c(?!h)|(?<=s)c(?![eiyh])", "k"),
    ("w ou", r"[ou]w(?![aeiouy])|ou", "u"), ("au aw", r"au|aw(?![aeiouy])", "o"),
    ("i y", r"(?:ey|ei|ie|iy|ay|ai)$", "i"), ("e", r"ie|ee|ea", "i"), ("oo", r"oo", "u"), ("i y", r"ei|ey|ai|ay", "a"),
    ("u", r"(?<![aeou])u(?=[aeio])", "v"), ("z", r"z(?!h)", "s"), ("s", r"(?:sh|sch)(?=[tp])", "s"),
)  # fmt: skip
"""How Latin names of any language are heard when they are written down in Cyrillic: Спилберг, Эйзенштейн, Хичкок."""
_DOUBLED = re.compile(r"(\D)\1+")


def sound(text: str) -> str:
    """Empty for a text without letters or digits."""
    return _DOUBLED.sub(r"\1", "".join(map(_letters, text.casefold().split(" "))))


@remembered
def _letters(word: str) -> str:
    """Of what stands between two spaces, in lower case. Doubled ones stay, since a word's last may double the next
    one's first; no other rule looks past a space."""
    if word.isascii() and word.isalnum():  # most words of a catalogue: there is nothing to spell or to leave out
        return _applied(_RULES, word)
    return _MUTE.sub("", _applied(_RULES, fold(word.translate(_SCHOLARLY)).translate(_LATIN)))


@remembered
def word_sounds(word: str) -> tuple[str, ...]:
    """Of one folded word: letter by letter, and as a foreign name is read aloud."""
    return _distinct((sound(word), _heard(word)))


def _heard(word: str) -> str:
    """Both scripts meet in it: what is Cyrillic is first spelled in Latin letters."""
    latin = word.translate(_LATIN)
    if not latin.isascii():
        return ""
    return sound(_applied(_READ_ALOUD, latin))


def _applied(rules: tuple[_Rule, ...], word: str) -> str:
    for either, other, replace, sounding in rules:
        if either in word or other in word:
            word = replace(sounding, word)
    return word


def in_latin_letters(text: str) -> str:
    """What Cyrillic letters sound like, in lower case, with all else as it is."""
    return fold(text).translate(_LATIN)


def stored_sounds(titles: Iterable[str]) -> tuple[str, ...]:
    """Of a title as it is stored: ё may be asked for as yo or as e."""
    spelled = [variant for title in titles for variant in (title, title.replace("ё", "е").replace("Ё", "Е"))]
    return _distinct(map(sound, dict.fromkeys(spelled)))


def asked_sounds(text: str) -> tuple[str, ...]:
    """Of a query: j may stand for ж, x for х, c for ц or к, and what is typed as о or е for ё is as it is."""
    lowered = text.casefold()
    variants = (
        lowered,
        lowered.replace("j", "zh"),
        lowered.replace("x", "kh"),
        lowered.replace("'", "").replace("’", ""),
    )
    return _distinct(sound(variant) for variant in variants)


def _distinct(sounds: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(filter(None, sounds)))
