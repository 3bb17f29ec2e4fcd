"""Reads the `console` blocks of a Markdown page: commands after «$ » and the output shown below them."""

import re
from dataclasses import dataclass
from pathlib import Path

_BLOCK = re.compile(r"^```console\n(.*?)^```", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Command:
    page: str
    line: str
    shown: str
    """The output as the page shows it; «…» stands for anything. Empty: the page shows none."""

    def accepts(self, output: str) -> bool:
        pattern = ".*".join(re.escape(part) for part in _squeeze(self.shown).split("…"))
        return not self.shown or re.fullmatch(pattern, _squeeze(output), re.DOTALL) is not None


def _squeeze(text: str) -> str:
    """White space at line ends and around the text does not count."""
    return "\n".join(line.rstrip() for line in text.strip().splitlines())


def read_commands(page: Path) -> list[Command]:
    return [command for block in _BLOCK.findall(page.read_text()) for command in _split(page.name, block)]


def _split(page: str, block: str) -> list[Command]:
    found: list[Command] = []
    for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
        line, _, shown = part.partition("\n")
        while line.endswith("\\"):
            more, _, shown = shown.partition("\n")
            line = f"{line[:-1].rstrip()} {more.lstrip()}"
        found.append(Command(page, re.split(r"\s# ", line)[0].strip(), shown.strip()))
    return found
