"""What people do to a title on its way to the search field.

Each takes seeded randomness and a text, and answers None where it does not apply.
"""

import random
import re
import unicodedata
from collections.abc import Sequence

LATIN = "abcdefghijklmnopqrstuvwxyz"
RUSSIAN = "абвгдежзийклмнопрстуфхцчшщыьэюя"
UKRAINIAN = "абвгдежзийклмнопрстуфхцчшщьюяєії"


def typo(drawn: random.Random, text: str) -> str | None:
    """One wrong, lost, added or swapped letter, not the first. Shorter titles would become other titles."""
    places = [at for at, letter in enumerate(text) if letter.isalpha() and at > 0]
    return _edited(drawn, text, places) if len(places) >= 4 else None


def two_typos(drawn: random.Random, text: str) -> str | None:
    if sum(map(str.isalpha, text)) < 9:
        return None
    once = typo(drawn, text)
    return None if once is None else typo(drawn, once)


def typo_in_first_letter(drawn: random.Random, text: str) -> str | None:
    if sum(map(str.isalpha, text)) < 5 or not text[0].isalpha():
        return None
    return drawn.choice((_edited(drawn, text, [0]), text[1:]))


def _edited(drawn: random.Random, text: str, places: Sequence[int]) -> str:
    at = drawn.choice(places)
    alphabet = _alphabet(text)
    other = drawn.choice([letter for letter in alphabet if letter != text[at].lower()])
    swapped = text[:at] + text[at + 1 : at + 2] + text[at] + text[at + 2 :]
    return drawn.choice(
        (
            text[:at] + other + text[at + 1 :],
            text[:at] + text[at + 1 :],
            text[:at] + other + text[at:],
            swapped
            if at + 1 < len(text) and text[at + 1].isalpha() and text[at + 1] != text[at]
            else text[:at] + text[at + 1 :],
        )
    )


def _alphabet(text: str) -> str:
    if not re.search("[а-яіїє]", text.lower()):
        return LATIN
    return UKRAINIAN if re.search("[іїєґ]", text.lower()) else RUSSIAN


def beginning(_: random.Random, text: str) -> str | None:
    cut = text[: max(3, round(len(text) * 0.6))].strip()
    return cut if len(cut) < len(text) else None


def without_a_word(drawn: random.Random, text: str) -> str | None:
    """Of four words or more one of any kind is forgotten."""
    words = text.split()
    if len(words) < 4:
        return None
    at = drawn.randrange(len(words))
    return " ".join(words[:at] + words[at + 1 :])


def swapped_words(drawn: random.Random, text: str) -> str | None:
    words = text.split()
    if len(words) < 2:
        return None
    at = drawn.randrange(len(words) - 1)
    words[at], words[at + 1] = words[at + 1], words[at]
    return " ".join(words)


def without_diacritics(_: random.Random, text: str) -> str | None:
    kept = "".join(
        letter
        if letter in "йЙїЇ"
        else "".join(part for part in unicodedata.normalize("NFD", letter) if not unicodedata.combining(part))
        for letter in unicodedata.normalize("NFC", text)
    )
    return kept if kept != text and not re.search("[ёЁ]", text) else None


def with_diacritics(drawn: random.Random, text: str) -> str | None:
    marked = {"a": "á", "e": "é", "o": "ö", "u": "ü", "i": "í", "n": "ñ", "c": "ç"}
    places = [at for at, letter in enumerate(text) if letter in marked]
    if not places:
        return None
    at = drawn.choice(places)
    return text[:at] + marked[text[at]] + text[at + 1 :]


def other_hyphens(drawn: random.Random, text: str) -> str | None:
    hyphens = [at for at, letter in enumerate(text) if letter in "-‐‑–—" and 0 < at < len(text) - 1]
    return re.sub("[-‐‑–—]", drawn.choice((" ", "", "–", "‑")), text) if hyphens else None


def other_apostrophes(drawn: random.Random, text: str) -> str | None:
    return (
        re.sub("['’ʼ‘`]", drawn.choice(("", "’", "'", "ʼ", "`", "‘")), text)
        if re.search(r"\w['’ʼ‘`]\w", text)
        else None
    )


def noisy(drawn: random.Random, text: str) -> str:
    """Case, spaces and punctuation as they come."""
    cased = drawn.choice((str.upper, str.lower, str.swapcase, str.title))(text)
    spaced = re.sub(" ", lambda _: drawn.choice((" ", "  ", " - ", ", ", ": ", "_")), cased)
    return drawn.choice(("", " ", "«", "!", "#")) + spaced + drawn.choice(("", "?", "...", "»", "\u200b", " !!"))


_NUMBERS = (
    ("1", "i", "one"), ("2", "ii", "two"), ("3", "iii", "three"), ("4", "iv", "four"), ("5", "v", "five"),
    ("6", "vi", "six"), ("7", "vii", "seven"), ("8", "viii", "eight"), ("9", "ix", "nine"),
    ("10", "x", "ten"), ("11", "xi", "eleven"), ("12", "xii", "twelve"), ("13", "xiii", "thirteen"),
    ("20", "xx", "twenty"),
)  # fmt: skip


def other_numerals(drawn: random.Random, text: str) -> str | None:
    """A number in another way of writing; a lone letter at the beginning is no numeral."""
    words = text.split()
    for at, word in enumerate(words):
        for ways in _NUMBERS:
            if word.lower() in ways and word != "I" and (at or len(word) > 1 or word.isdigit()):
                other = drawn.choice([way for way in ways if way != word.lower()])
                return " ".join([*words[:at], other, *words[at + 1 :]])
    return None


_TO_LATIN_LOOKALIKE = str.maketrans("аеіорсухАВЕІКМНОРСТХ", "aeiopcyxABEIKMHOPCTX")


def homoglyphs(drawn: random.Random, text: str) -> str | None:
    """One or two Cyrillic letters typed as the Latin ones that look the same."""
    places = [at for at, letter in enumerate(text) if letter != letter.translate(_TO_LATIN_LOOKALIKE)]
    if len(places) < 2:
        return None
    for at in drawn.sample(places, drawn.choice((1, 2))):
        text = text[:at] + text[at].translate(_TO_LATIN_LOOKALIKE) + text[at + 1 :]
    return text


def without_yo(_: random.Random, text: str) -> str | None:
    return text.replace("ё", "е").replace("Ё", "Е") if "ё" in text.lower() else None
