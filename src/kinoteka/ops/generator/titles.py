"""A film's title in three languages."""

from kinoteka.ops.generator.draws import Draws, draw
from kinoteka.ops.generator.words import ADJECTIVES, ENDINGS, HEADS, MIDDLES, NOUNS, Adjective, Noun

ENGLISH, UKRAINIAN, RUSSIAN = range(3)
Titles = tuple[str, str, str]
"""English, Ukrainian, Russian."""

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
    form = draws[6] % 10
    if form == 0:
        return _described(first, adjective)
    if form == 1:
        return _of(first, second)
    titles = _of(first, second) if form < 5 else _described_of(first, adjective, second)
    return _with_name(titles, draws[7]) if form < 9 else titles


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


def _with_name(titles: Titles, word: int) -> Titles:
    english, ukrainian, russian = (f"{surname(language, word)}: {title}" for language, title in enumerate(titles))
    return english, ukrainian, russian


def _capital(title: str) -> str:
    return title[0].upper() + title[1:]
