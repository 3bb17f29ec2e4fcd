"""Transliteration schemes, keyboard layouts and word forms, written down here apart from the program's own tables."""

import random
import re

_COMMON = dict(zip("абвдзклмнопрстуф", "abvdzklmnoprstuf", strict=True))


def _scheme(base: dict[str, str], letters: str) -> dict[str, str]:
    """`letters`: pairs as ж=zh; nothing after the sign: the letter is left out."""
    return base | dict(pair.split("=") for pair in letters.split())


_BGN = _scheme(_COMMON, "г=g е=e ё=yo ж=zh и=i й=y х=kh ц=ts ч=ch ш=sh щ=shch ъ= ы=y ь= э=e ю=yu я=ya")
_INFORMAL = _scheme(_BGN, "ё=e х=h щ=sch ь=' ц=c")
_PASSPORT = _scheme(_BGN, "й=i ё=e ю=iu я=ia ъ=ie")
_SCHOLARLY = _scheme(_BGN, "ё=ë ж=ž й=j х=h ц=c ч=č ш=š щ=šč ю=ju я=ja ь=ʹ")
_KMU = _scheme(_COMMON, "г=h ґ=g е=e є=ie ж=zh и=y і=i ї=i й=i х=kh ц=ts ч=ch ш=sh щ=shch ь= ю=iu я=ia ’= '= ʼ=")
_UKRAINIAN_INFORMAL = _scheme(_KMU, "є=ye ї=yi й=y ю=yu я=ya г=g и=i х=h")
_UKRAINIAN_SCHOLARLY = _scheme(_KMU, "є=je ї=ji й=j ю=ju я=ja ж=ž ч=č ш=š щ=šč ц=c")
_SCHEMES = {"ru": (_BGN, _INFORMAL, _PASSPORT, _SCHOLARLY), "uk": (_KMU, _UKRAINIAN_INFORMAL, _UKRAINIAN_SCHOLARLY)}

_KEYS = "`qwertyuiop[]asdfghjkl;'zxcvbnm,./"
_LAYOUTS = {"ru": "ёйцукенгшщзхъфывапролджэячсмитьбю.", "uk": "'йцукенгшщзхїфівапролджєячсмитьбю."}


def transliterated(drawn: random.Random, text: str, language: str) -> str:
    scheme = drawn.choice(_SCHEMES[language])
    return "".join(scheme.get(letter, letter) for letter in text.lower())


def on_english_layout(text: str, language: str) -> str | None:
    """A Cyrillic title typed while the keyboard stood on English; None when a character is on no key."""
    table = dict(zip(_LAYOUTS[language], _KEYS, strict=True)) | {"’": "`", "ʼ": "`"}
    return _typed(text, table)


def on_cyrillic_layout(drawn: random.Random, text: str) -> str | None:
    """A Latin title typed while the keyboard stood on Russian or Ukrainian."""
    return _typed(text, dict(zip(_KEYS, drawn.choice(tuple(_LAYOUTS.values())), strict=True)))


def _typed(text: str, table: dict[str, str]) -> str | None:
    lowered = text.lower()
    if any(letter not in table and letter not in " 0123456789-" for letter in lowered):
        return None
    return "".join(table.get(letter, letter) for letter in lowered)


_HEARD = """
sch=ш tch=ч sh=ш ch=ч ck=к kh=х ph=ф th=т zh=ж ts=ц tz=ц qu=кв ee=и ea=и oo=у ie=и ei=ей ey$=и ey=ей ay=ей ai=ей ou=у
au=о aw(?![aeiouy])=о ow(?![aeiouy])=оу (?<=[aeo])w=в ^mc=мак ya=я yu=ю ce=се ci=си cy=си
a=а b=б c=к d=д e=е f=ф g=г h=х i=и j=дж k=к l=л m=м n=н o=о p=п q=к r=р s=с t=т u=у v=в w=у x=кс y=и z=з
"""
"""How Latin names are practically written in Russian, roughly; the first group that fits is taken."""
_HEARD_GROUPS = [pair.rsplit("=", 1) for pair in _HEARD.split()]
_ANY_HEARD = re.compile("|".join(f"({group})" for group, _ in _HEARD_GROUPS))


def in_cyrillic(name: str) -> str:
    """As somebody writes a foreign name down by ear; doubled consonants stay doubled."""
    return _ANY_HEARD.sub(lambda group: _HEARD_GROUPS[(group.lastindex or 1) - 1][1], name.lower())


_FORMS = {
    "ru": "ая=ую яя=юю ый=ого ой=ого ий=его ое=ого ые=ых ия=ии ие=ия ка=ки а=ы я=и ь=я о=а ы=ам и=ам [бвдклмнпрст]=+а",
    "uk": "ий=ого ій=ього ія=ії ка=ки а=у я=ю о=а и=ам і=ам [бвдзклмнпрстф]=+а",
}
"""Endings of the first case and of another; + adds to the word."""


def inflected(drawn: random.Random, text: str, language: str) -> str | None:
    """One word in another case, by the commonest declensions."""
    words = text.split()
    places = [at for at, word in enumerate(words) if len(word) >= 4 and _inflect(word, language)]
    if not places:
        return None
    at = drawn.choice(places)
    words[at] = _inflect(words[at], language) or words[at]
    return " ".join(words)


def _inflect(word: str, language: str) -> str | None:
    for pair in _FORMS[language].split():
        ending, _, other = pair.partition("=")
        if match := re.search(f"{ending}$", word):
            return word + other[1:] if other.startswith("+") else word[: match.start()] + other
    return None
