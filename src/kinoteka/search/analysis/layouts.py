"""What was meant when the keyboard stood on the other layout.

Layouts: US English, Russian, Ukrainian, as Windows and Linux ship them.
"""

_ENGLISH = "`qwertyuiop[]asdfghjkl;'zxcvbnm,./" + '~QWERTYUIOP{}ASDFGHJKL:"ZXCVBNM<>?'
_RUSSIAN = "ёйцукенгшщзхъфывапролджэячсмитьбю." + "ЁЙЦУКЕНГШЩЗХЪФЫВАПРОЛДЖЭЯЧСМИТЬБЮ,"
_UKRAINIAN = "'йцукенгшщзхїфівапролджєячсмитьбю." + "ʼЙЦУКЕНГШЩЗХЇФІВАПРОЛДЖЄЯЧСМИТЬБЮ,"
_TABLES = tuple(
    str.maketrans(typed, meant)
    for typed, meant in (
        (_ENGLISH, _RUSSIAN), (_ENGLISH, _UKRAINIAN), (_RUSSIAN, _ENGLISH), (_UKRAINIAN, _ENGLISH),
    )
)  # fmt: skip


def on_other_layouts(text: str) -> tuple[str, ...]:
    """The texts whose keys were pressed, likeliest first; none when nothing would change."""
    latin = sum("a" <= character <= "z" for character in text.lower())
    cyrillic = sum("\u0400" <= character <= "\u04ff" for character in text)
    tables = _TABLES[:2] if latin >= cyrillic else _TABLES[2:]
    return tuple(variant for variant in dict.fromkeys(text.translate(table) for table in tables) if variant != text)
