"""Lines of the docs that need a Docker engine: what can be known of them without one. `make try-compose` has one."""

import re
from collections.abc import Iterator
from pathlib import Path

import yaml

ROOT = Path(__file__).parents[2]
_SERVICES = (
    r"compose (?:exec|ps -q) (\w+)",
    r"compose logs (?:-f )?([\w ]+)",
    r"--scale (\w+)=",
    r"compose run .* (\w+) import",
)


def is_for_docker(line: str) -> bool:
    return re.search(r"\bdocker (compose|build|run|restart|volume)\b", line) is not None or line == "git pull"


def unknown_names(line: str) -> list[str]:
    """Services, volumes and files that the line names and that are not there."""
    stack = yaml.safe_load((ROOT / "compose.yaml").read_text())
    services = [name for pattern in _SERVICES for names in re.findall(pattern, line) for name in names.split()]
    volumes = re.findall(r"\bkinoteka_(\w+)", line)
    files = re.findall(r"build -f (\S+)", line)
    return [
        *(name for name in services if name not in stack["services"]),
        *(name for name in volumes if name not in stack["volumes"]),
        *(name for name in files if not (ROOT / name).is_file()),
    ]


def own_commands(line: str) -> Iterator[list[str]]:
    """What is asked of `kinoteka` inside a container, without its arguments."""
    for words in re.findall(r"compose exec \w+ kinoteka (.+)", line) + re.findall(
        r"compose run .*? indexer (.+)", line
    ):
        yield [word for word in words.split() if word.isalpha()]
