"""One coarse Latin key for what sounds alike: every script and transliteration scheme of a title should meet in it.

The classes follow what schemes disagree on: г as g or h, х as kh, h or x, щ as shch or sch, ц as ts or c, я as ya, ia
or ja, ё as yo or e, й as y, i or j, soft signs as apostrophes or nothing.
"""

import re
from collections.abc import Iterable

from kinoteka.search.analysis.folding import fold
from kinoteka.search.analysis.memo import remembered

_SCHOLARLY = str.maketrans({"š": "sh", "č": "ch", "ž": "zh", "ŝ": "shch", "â": "ya", "û": "yu", "ë": "yo", "ё": "йо"})
_LATIN = str.maketrans(
    dict(
        zip("абвгдезийклмнопрстуфыэіїъь", [*"abvhdeziiklmnoprstufieii", "", ""], strict=True),
        ж="zh", х="kh", ц="ts", ч="ch", ш="sh", щ="shch", ю="yu", я="ya", є="ye", ґ="h", ў="u",
    )
)  # fmt: skip
_RULES = tuple(
    (re.compile(pattern), sound)
    for pattern, sound in (
        (r"d[zž]h|dj", "J"), (r"shch|sch|szcz|sc(?=h)", "S"), (r"sh|sz", "S"), (r"tch|ch|cz", "C"), (r"zh", "Z"),
        (r"kh|gh|g", "h"), (r"ts|tz", "c"), (r"ck|q", "k"), (r"ph", "f"), (r"w", "v"), (r"x", "ks"),
        (r"[yj]", "i"), (r"i+", "i"), (r"(?<=[aeou])i|i(?=[aeou])", ""), (r"[^a-zA-Z0-9\u0080-\uffff]", ""),
    )
)  # fmt: skip
_READ_ALOUD = tuple(
    (re.compile(pattern), sound)
    for pattern, sound in (
        (r"j", "dzh"), (r"^mc", "mak"), (r"ch(?=[lr])", "k"), (r"th", "t"), (r"tz|ts", "s"), (r"c(?=[eiy])", "s"),
        (r"(?<![sc])c(?!h)|(?<=s)c(?![eiyh])", "k"), (r"[ou]w(?![aeiouy])|ou", "u"), (r"au|aw(?![aeiouy])", "o"),
        (r"(?:ey|ei|ie|iy|ay|ai)$", "i"), (r"ie|ee|ea", "i"), (r"oo", "u"), (r"ei|ey|ai|ay", "a"),
        (r"(?<![aeou])u(?=[aeio])", "v"), (r"z(?!h)", "s"), (r"(?:sh|sch)(?=[tp])", "s"),
    )
)  # fmt: skip
"""How Latin names of any language are heard when they are written down in Cyrillic: Спилберг, Эйзенштейн, Хичкок."""
_DOUBLED = re.compile(r"(\D)\1+")


def sound(text: str) -> str:
    """Empty for a text without letters or digits."""
    return _DOUBLED.sub(r"\1", "".join(map(_letters, text.casefold().split(" "))))


@remembered
def _letters(word: str) -> str:
    """Of what stands between two spaces. Doubled ones stay, since a word's last may double the next one's first; no
    other rule looks past a space."""
    latin = fold(word.translate(_SCHOLARLY)).translate(_LATIN)
    for pattern, replacement in _RULES:
        latin = pattern.sub(replacement, latin)
    return latin


@remembered
def word_sounds(word: str) -> tuple[str, ...]:
    """Of one folded word: letter by letter, and as a foreign name is read aloud."""
    return _distinct((sound(word), _heard(word)))


def _heard(word: str) -> str:
    """Both scripts meet in it: what is Cyrillic is first spelled in Latin letters."""
    latin = word.translate(_LATIN)
    if not latin.isascii():
        return ""
    for pattern, replacement in _READ_ALOUD:
        latin = pattern.sub(replacement, latin)
    return sound(latin)


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
