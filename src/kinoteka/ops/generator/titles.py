"""A film's title in three languages.

Words are as common as in real titles: the few of words.py stand in one of a hundred titles each, the rest of a title is
coined, from names that many share to ones that stand in a single title.
"""

from kinoteka.ops.generator.draws import Draws, draw, share
from kinoteka.ops.generator.words import ADJECTIVES, ENDINGS, HEADS, MIDDLES, NOUNS, Adjective, Noun

ENGLISH, UKRAINIAN, RUSSIAN = range(3)
Titles = tuple[str, str, str]
"""English, Ukrainian, Russian."""

_COINED = 64_000
# After Zipf and Mandelbrot: the most common name in one of a hundred titles, half of all names from the first 800.
_COMMON = 10
_SCATTER = 40_503  # has no factor in common with _COINED: names of neighbouring ranks do not look alike
_AND = ("and", "і", "и")
_NUMERALS = ("2", "3", "II", "III", "2", "4", "II", "IV")


def make_titles(seed: int, number: int, draws: Draws) -> Titles:
    """One film in 25 shares the title of an earlier one; one in 17 is an earlier one's sequel."""
    kind = draws[0] % 100
    if number == 0 or kind >= 10:
        return _new_titles(draws)
    english, ukrainian, russian = _new_titles(draw(seed, "film", draws[1] % number))
    if kind < 4:
        return english, ukrainian, russian
    numeral = _NUMERALS[draws[2] % len(_NUMERALS)]
    return f"{english} {numeral}", f"{ukrainian} {numeral}", f"{russian} {numeral}"


def surname(language: int, word: int) -> str:
    head, middle, ending = HEADS[language], MIDDLES[language], ENDINGS[language]
    return head[word % 20] + middle[word // 20 % 20] + ending[word // 400 % 8]


def _new_titles(draws: Draws) -> Titles:
    first, second = NOUNS[draws[3] % len(NOUNS)], NOUNS[draws[4] % len(NOUNS)]
    adjective = ADJECTIVES[draws[5] % len(ADJECTIVES)]
    name, other = _coined(draws[7]), _coined(draws[36])
    form = draws[6] % 20
    if form < 3:
        return (_described(first, adjective), _of(first, second), _described_of(first, adjective, second))[form]
    if form < 6:
        return _joined(": ", name, _of(first, second)) if form < 5 else name
    if form < 13:
        return _beside(first, name)
    return _both(name, other) if form < 17 else _joined(" ", name, other)


def _coined(word: int) -> Titles:
    rank = int(_COMMON * ((1 + _COINED / _COMMON) ** share(word) - 1))
    place = rank * _SCATTER % _COINED
    english, ukrainian, russian = (
        head[place % 20] + middle[place // 20 % 20] + middle[place // 400 % 20] + ending[place // 8000 % 8]
        for head, middle, ending in zip(HEADS, MIDDLES, ENDINGS, strict=True)
    )
    return english, ukrainian, russian


def _beside(noun: Noun, name: Titles) -> Titles:
    english, ukrainian, russian = name
    return f"{english} {noun.english}", f"{_capital(noun.ukrainian)} {ukrainian}", f"{_capital(noun.russian)} {russian}"


def _both(name: Titles, other: Titles) -> Titles:
    english, ukrainian, russian = (f"{one} {word} {two}" for one, word, two in zip(name, _AND, other, strict=True))
    return english, ukrainian, russian


def _joined(between: str, titles: Titles, others: Titles) -> Titles:
    english, ukrainian, russian = (f"{one}{between}{two}" for one, two in zip(titles, others, strict=True))
    return english, ukrainian, russian


def _described(noun: Noun, adjective: Adjective) -> Titles:
    ukrainian = f"{adjective.ukrainian[noun.ukrainian_gender]} {noun.ukrainian}"
    russian = f"{adjective.russian[noun.russian_gender]} {noun.russian}"
    return f"The {adjective.english} {noun.english}", _capital(ukrainian), _capital(russian)


def _of(noun: Noun, other: Noun) -> Titles:
    ukrainian, russian = f"{noun.ukrainian} {other.ukrainian_of}", f"{noun.russian} {other.russian_of}"
    return f"{noun.english} of the {other.english}", _capital(ukrainian), _capital(russian)


def _described_of(noun: Noun, adjective: Adjective, other: Noun) -> Titles:
    english, ukrainian, russian = _described(noun, adjective)
    return f"{english} of the {other.english}", f"{ukrainian} {other.ukrainian_of}", f"{russian} {other.russian_of}"


def _capital(title: str) -> str:
    return title[0].upper() + title[1:]
