r"""The cells of Kinoteka's CSV: lists, alternative titles, and text that no spreadsheet runs as a formula.

UTF-8 without a byte order mark, a header, CRLF, quoting as RFC 4180. A list's elements are joined by `|`; a `|` or
`\` inside one is escaped by `\`. An alternative title is `language:title`, with nothing before the colon where the
language is unknown. A cell that begins with a character a spreadsheet may take for the beginning of a formula gets a
`'` in front, and so does a cell that would look as if it had got one: reading takes away a `'` that stands before such
a character or before another `'`. `exports.py` writes the same in SQL, and a test holds the two together.
"""

import re

COLUMNS = (
    "id",
    "title",
    "original_title",
    "year",
    "minutes",
    "genres",
    "directors",
    "writers",
    "actors",
    "rating",
    "votes",
    "description",
    "imdb",
    "tmdb",
    "alternative_titles",
    "director_ids",
    "writer_ids",
    "actor_ids",
    "characters",
)
FORMULA_STARTS = "=+-@\t\r\n＝＋－＠"
_GUARDED = re.compile(rf"'?[{re.escape(FORMULA_STARTS)}]|''")
_SHIELDED = re.compile(rf"'['{re.escape(FORMULA_STARTS)}]")
_ELEMENT = re.compile(r"((?:[^|\\]|\\.|\\$)*)(\||$)", re.DOTALL)
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_LANGUAGE_PREFIX = re.compile(r"([a-z]{2,3}(?:-[A-Za-z0-9]{2,8})*)?:")
_QUOTED = re.compile('[",\r\n]')


def shield(text: str) -> str:
    return "'" + text if _GUARDED.match(text) else text


def unshield(cell: str) -> str:
    return cell[1:] if _SHIELDED.match(cell) else cell


def quote(cell: str) -> str:
    return '"' + cell.replace('"', '""') + '"' if _QUOTED.search(cell) else cell


def join_list(elements: list[str]) -> str:
    return "|".join(element.replace("\\", "\\\\").replace("|", "\\|") for element in elements)


def split_list(text: str) -> list[str]:
    """Of no text no elements; a lone backslash at the end stands for itself."""
    if not text:
        return []
    if "\\" not in text:
        return text.split("|")
    elements = []
    for match in _ELEMENT.finditer(text):
        elements.append(_ESCAPE.sub(r"\1", match[1]))
        if not match[2]:
            break
    return elements


def join_title(title: str, language: str | None) -> str:
    return f"{language or ''}:{title}"


def split_title(element: str) -> tuple[str, str | None]:
    """(title, language). What stands before the first colon is a language only if it looks like one."""
    match = _LANGUAGE_PREFIX.match(element)
    return (element[match.end() :], match[1]) if match else (element, None)
