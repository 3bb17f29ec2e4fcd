"""Every command of README and docs, run as its page shows it; an answer that the page shows must be the true one."""

import gzip
import shlex
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from zipfile import ZipFile

import pytest
from PIL import Image

from kinoteka.embedded import read_holder
from kinoteka.embedded.cluster import binaries
from tests.e2e.console_blocks import Command, read_commands
from tests.e2e.docker_lines import is_for_docker, own_commands, unknown_names
from tests.e2e.program import PATIENCE, Program, environment, serve, until
from tests.e2e.program import run as run_program
from tests.integration.imdb_files import SMALL, write_folder

ROOT = Path(__file__).parents[2]
PAGES = sorted([ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").glob("**/*.md")])


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with the demo catalogue, indexed; to be copied."""
    data = tmp_path_factory.mktemp("demo") / "data"
    with serve(data, "--demo") as program:
        program.wait_until_indexed()
        program.stop(signal.SIGTERM)
    return data


@pytest.fixture
def program(demo: Path, tmp_path: Path) -> Iterator[Program]:
    data = tmp_path / "data"
    subprocess.run(["cp", "-a", demo, data], check=True)
    with serve(data) as program:
        program.wait_until_indexed()
        yield program


@pytest.fixture
def desk(tmp_path: Path) -> Path:
    """The folder a reader works in: the files the pages speak of, and `kinoteka` on the path."""
    desk = tmp_path / "desk"
    write_folder(desk / "FOLDER", SMALL)
    with gzip.open(desk / "descriptions.jsonl.gz", "wt") as file:
        file.write('{"tconst": "tt0000001", "description": "A city of two worlds."}\n')
    (desk / "films.csv").write_text("title,year,genres,directors\nNightfall Over Lviv,1998,Drama,Oksana Example\n")
    (desk / "films.jsonl").write_text("")
    write_own_files(desk)
    Image.new("RGB", (600, 900), (90, 60, 40)).save(desk / "portrait.jpg")
    (desk / "bin").mkdir()
    (desk / "bin/kinoteka").write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m kinoteka "$@"\n')
    (desk / "bin/kinoteka").chmod(0o755)
    for tool in ("createdb", "psql"):
        (desk / "bin" / tool).symlink_to(binaries() / tool)
    return desk


def write_own_files(desk: Path) -> None:
    """What other sites gave somebody."""
    (desk / "imdb-ratings.csv").write_text(
        "Const,Your Rating,Date Rated,Title,Year\ntt0079944,9,2020-05-06,Stalker,1979\n"
    )
    with ZipFile(desk / "letterboxd.zip", "w") as archive:
        archive.writestr(
            "ratings.csv",
            "Date,Name,Year,Letterboxd URI,Rating\n2021-03-04,Stalker,1979,https://boxd.it/1,4.5\n"
            "2021-03-04,Modern Times,1936,https://boxd.it/2,5\n2021-03-04,A Film Nobody Has,1999,https://boxd.it/3,2\n",
        )
        archive.writestr(
            "watchlist.csv", "Date,Name,Year,Letterboxd URI\n2021-03-05,Metropolis,1927,https://boxd.it/4\n"
        )


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_command_does_what_its_page_shows(page: Path, request: pytest.FixtureRequest) -> None:
    commands = read_commands(page)
    for command in commands:
        if command.line.split()[0] == "make":
            _check_target(command)
        elif is_for_docker(command.line):
            _check_docker(command)
        else:
            _check(command, request.getfixturevalue("program"), request.getfixturevalue("desk"))


def _check_target(command: Command) -> None:
    """That make knows it; `make run` and `make test` are run on fresh clones by test_make.py."""
    answer = subprocess.run(
        ["make", "--dry-run", *shlex.split(command.line)[1:]], cwd=ROOT, capture_output=True, text=True
    )
    assert answer.returncode == 0, f"{command.page}: {command.line}\n{answer.stderr}"


def _check_docker(command: Command) -> None:
    assert unknown_names(command.line) == [], command.line
    for words in own_commands(command.line):
        assert run_program(ROOT / "none", *words, "--help").returncode == 0, command.line


def _check(command: Command, program: Program, desk: Path) -> None:
    if command.line.endswith("kinoteka serve"):
        _check_start(command, program, desk)
        return
    answer = _shell(_here(command.line, program), program, desk)
    assert answer.returncode == 0, f"{command.page}: {command.line}\n{answer.stderr}{answer.stdout}"
    here = _there(answer.stdout, program)
    assert command.accepts(here), f"{command.page}: {command.line}\nshows\n{command.shown}\nanswers\n{here}"


def _shell(line: str, program: Program, desk: Path) -> subprocess.CompletedProcess[str]:
    environ = environment(program.data)
    environ["PATH"] = f"{desk / 'bin'}:{environ['PATH']}"
    return subprocess.run(
        ["bash", "-c", line],
        cwd=desk,
        env=environ,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        stdin=subprocess.DEVNULL,
    )


def _here(line: str, program: Program) -> str:
    holder = read_holder(program.data)
    assert holder
    line = line.replace("localhost:8000", program.address.removeprefix("http://"))
    return line.replace("-h db.example -U kinoteka kinoteka", f"-h {holder.sockets} -U kinoteka elsewhere")


def _there(output: str, program: Program) -> str:
    return output.replace(program.address.removeprefix("http://"), "localhost:8000")


def _check_start(command: Command, program: Program, desk: Path) -> None:
    """Started beside the running one, on the servers that the line names (of a database: the one that the page made a
    moment ago); stopped when it answers."""
    holder = read_holder(program.data)
    assert holder
    there = {
        "KINOTEKA_DATABASE_URL": f"postgresql://kinoteka@/elsewhere?host={holder.sockets}",
        "KINOTEKA_REDIS_URL": "redis://127.0.0.1:1/0",  # nobody listens: everything goes on, slower
    }
    given = {name: value for name, value in there.items() if name in command.line}
    with serve(desk / command.page, **given) as other:
        until(lambda: other.get("/health/ready").status_code == 200, f"{command.page}: {command.line}")
        assert other.stop(signal.SIGTERM) == 0


def test_an_answer_that_the_page_shows_wrongly_is_found() -> None:
    assert Command("page", "line", '{"total":…,"page":1}').accepts('{"total":625,"page":1}\n')
    assert not Command("page", "line", '{"total":…,"page":2}').accepts('{"total":625,"page":1}\n')


def test_links_between_pages_lead_somewhere() -> None:
    broken = []
    for page in PAGES:
        for target in _links(page.read_text()):
            if "://" not in target and not (page.parent / target.partition("#")[0]).resolve().exists():
                broken.append(f"{page.relative_to(ROOT)}: {target}")
    assert broken == []


def _links(text: str) -> list[str]:
    return [part.partition(")")[0] for part in text.split("](")[1:]]


def test_the_generated_pages_are_what_the_program_says(tmp_path: Path) -> None:
    folder = ROOT / "docs/reference"
    copy = shutil.copy(folder / "generate.py", tmp_path)
    subprocess.run([sys.executable, copy], check=True, capture_output=True)
    for page in tmp_path.glob("*.md"):
        assert page.read_text() == (folder / page.name).read_text(), f"{page.name} is stale: run make docs"
    assert {page.name for page in tmp_path.glob("*.md")} == {page.name for page in folder.glob("*.md")}
