"""Numbers in titles, whichever way they are written: Rocky II, Rocky 2, Rocky Two."""

import re
from collections.abc import Iterator, Sequence

from kinoteka.search.analysis.memo import remembered

_ROMAN = re.compile(r"(?=[ivxl])(?!l$)(xl|l?x{0,3})(ix|iv|v?i{0,3})")
"""To forty-nine and above fifty; a lone L is an initial."""
_LONE = frozenset("ivx")
_ORDINAL = re.compile(r"(\d+)(st|nd|rd|th|й|я|е|ая|ое|ый|ій|а)")
_ROMAN_DIGITS = {"i": 1, "v": 5, "x": 10, "l": 50}
_PARTS = {
    "part",
    "chapter",
    "volume",
    "vol",
    "episode",
    "часть",
    "глава",
    "эпизод",
    "частина",
    "розділ",
    "епізод",
    "no",
}

_UNITS = {
    1: "one first один одна одно первый первая первое перший перша перше",
    2: "two second два две дві второй вторая второе другий друга друге",
    3: "three third три третий третья третье третій третя третє",
    4: "four fourth четыре чотири четвертый четвертая четвертий четверта четверте",
    5: "five fifth пять пятый пятая пятий пята пяте",
    6: "six sixth шесть шість шестой шестая шестое шостий шоста шосте",
    7: "seven seventh семь сім седьмой седьмая седьмое сьомий сьома сьоме",
    8: "eight eighth восемь вісім восьмой восьмая восьмое восьмий восьма восьме",
    9: "nine ninth девять девять девятый девятая девятое девятий девята",
    10: "ten tenth десять десятый десятая десятий десята",
    11: "eleven eleventh одиннадцать одинадцять одиннадцатый одинадцятий",
    12: "twelve twelfth двенадцать дванадцять двенадцатый двенадцатая дванадцятий дванадцята",
    13: "thirteen thirteenth тринадцать тринадцять тринадцатый тринадцатая тринадцятий тринадцята",
    14: "fourteen fourteenth четырнадцать чотирнадцять",
    15: "fifteen fifteenth пятнадцать пятнадцять",
    16: "sixteen sixteenth шестнадцать шістнадцять",
    17: "seventeen seventeenth семнадцать сімнадцять семнадцатый",
    18: "eighteen восемнадцать вісімнадцять",
    19: "nineteen девятнадцать девятнадцять",
}
_TENS = {
    20: "twenty двадцать двадцять",
    30: "thirty тридцать тридцять",
    40: "forty сорок",
    50: "fifty пятьдесят пятдесят",
    60: "sixty шестьдесят шістдесят",
    70: "seventy семьдесят сімдесят",
    80: "eighty восемьдесят вісімдесят",
    90: "ninety девяносто девяносто",
}
_HUNDREDS = {
    100: "hundred сто",
    200: "двести двісті",
    300: "триста",
    400: "четыреста чотириста",
    1000: "thousand тысяча тисяча",
}


def _by_word(table: dict[int, str]) -> dict[str, int]:
    return {word: number for number, words in table.items() for word in words.split()}


_UNIT_WORDS, _TEN_WORDS, _HUNDRED_WORDS = _by_word(_UNITS), _by_word(_TENS), _by_word(_HUNDREDS)


def with_digits(words: Sequence[str]) -> tuple[str, ...]:
    """The words with every number in digits and without the «part» before it. Hundreds are not summed."""
    numbers = tuple([_number_at(words, at) if word in _LONE else _number(word) for at, word in enumerate(words)])
    if numbers == words and _PARTS.isdisjoint(numbers):  # most texts have nothing to change
        return numbers
    return tuple(_without_parts(list(_digits(words))))


def _digits(words: Sequence[str]) -> Iterator[str]:
    position = 0
    while position < len(words):
        word, following = words[position], words[position + 1 : position + 2]
        position += 1
        if word in _TEN_WORDS and following and 0 < _UNIT_WORDS.get(following[0], 0) < 10:
            yield str(_TEN_WORDS[word] + _UNIT_WORDS[following[0]])
            position += 1
        else:
            yield _number_at(words, position - 1) if word in _LONE else _number(word)


def _number_at(words: Sequence[str], at: int) -> str:
    """Of a lone letter: a numeral in «Rocky V» and «It: Part I of Two», none in «I, Robot» and «What I Saw»."""
    is_numeral = at > 0 and (words[at] != "i" or at == len(words) - 1 or words[at - 1] in _PARTS)
    return _number(words[at]) if is_numeral else words[at]


@remembered
def _number(word: str) -> str:
    for table in (_UNIT_WORDS, _TEN_WORDS, _HUNDRED_WORDS):
        if word in table:
            return str(table[word])
    if ordinal := _ORDINAL.fullmatch(word):
        return ordinal[1]
    return str(_from_roman(word)) if _ROMAN.fullmatch(word) else word


def _from_roman(word: str) -> int:
    values = [_ROMAN_DIGITS[letter] for letter in word]
    return sum(-value if value < after else value for value, after in zip(values, [*values[1:], 0], strict=True))


def _without_parts(words: list[str]) -> Iterator[str]:
    for position, word in enumerate(words):
        if not (
            position and word in _PARTS and any(following.isdigit() for following in words[position + 1 : position + 2])
        ):
            yield word
