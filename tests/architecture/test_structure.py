"""Rules of the code that no single test would notice."""

import re
import subprocess
import sys
from itertools import chain
from pathlib import Path
from pkgutil import walk_packages

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection

import kinoteka
from kinoteka.catalogue import models
from kinoteka.database import Database
from kinoteka.errors import KinotekaError
from kinoteka.settings import Settings

ROOT = Path(__file__).parents[2]
MODULES = sorted(
    module.name
    for module in walk_packages(kinoteka.__path__, "kinoteka.")
    if not re.search(r"__main__$|migrations\.env$|migrations\.versions\.", module.name)  # run by Alembic, not imported
)

# What a module may not do while it is imported, seen by the interpreter's own audit events.
AUDIT = """
import os, sys, threading
DEEDS = ("socket.connect", "socket.bind", "subprocess.Popen", "os.mkdir", "os.remove", "os.rename", "shutil.rmtree",
         "sqlite3.connect", "os.fork", "os.exec", "os.posix_spawn", "os.kill")
seen = []
def watch(event, args):
    writes = event == "open" and isinstance(args[1], str) and set(args[1]) & set("wax+")
    if event == "socket.bind" and args[1] == ("::1", 0):
        return  # urllib3, which Elasticsearch's client imports, asks so whether the system knows IPv6
    if (event in DEEDS or writes) and ours(sys._getframe(1)):
        seen.append((event, str(args)[:100]))
def ours(frame):
    while frame:
        if "/kinoteka/" in frame.f_code.co_filename and "importlib" not in frame.f_code.co_filename:
            return True
        frame = frame.f_back
    return False
sys.dont_write_bytecode = True
sys.addaudithook(watch)
import importlib
for name in sys.argv[1:]:
    importlib.import_module(name)
assert not seen, seen
assert threading.active_count() == 1, threading.enumerate()
"""


def test_arrows_between_packages() -> None:
    run = subprocess.run([Path(sys.executable).with_name("lint-imports")], cwd=ROOT, capture_output=True, text=True)
    assert run.returncode == 0, run.stdout


def test_importing_does_no_work(tmp_path: Path) -> None:
    run = subprocess.run([sys.executable, "-c", AUDIT, *MODULES], capture_output=True, text=True, cwd=tmp_path)
    assert run.returncode == 0, run.stderr
    assert list(tmp_path.iterdir()) == []
    assert len(MODULES) > 50


async def test_models_say_what_migrations_create(database: Database) -> None:
    def compare(connection: Connection) -> list[object]:
        # The search feed's tables are the indexer's own, in SQL; the models are the catalogue's.
        options = {"include_name": lambda name, type_, _: type_ != "table" or name in models.film.metadata.tables}
        return list(compare_metadata(MigrationContext.configure(connection, opts=options), models.film.metadata))

    async with database.engine.connect() as connection:
        assert await connection.run_sync(compare) == []


def all_errors(root: type[KinotekaError]) -> list[type[KinotekaError]]:
    return [root, *chain.from_iterable(all_errors(error) for error in root.__subclasses__())]


def test_every_kind_of_problem_has_its_own_name() -> None:
    """A client compares `type`: two that differ in status or title must not share one."""
    meanings: dict[str, set[tuple[int, str]]] = {}
    for error in all_errors(KinotekaError):
        meanings.setdefault(error.kind, set()).add((error.status, error.title))
    assert {kind: what for kind, what in meanings.items() if len(what) > 1} == {}


@pytest.mark.parametrize("name", Settings.model_fields)
def test_every_setting_is_described_and_has_a_default(name: str) -> None:
    field = Settings.model_fields[name]
    assert not field.is_required()
    assert field.description
    assert field.description.endswith((".", ";"))


def test_settings_are_all_in_the_docs() -> None:
    text = "\n".join(path.read_text() for path in (ROOT / "docs").rglob("*.md"))
    assert [name for name in Settings.model_fields if f"KINOTEKA_{name.upper()}" not in text] == []


def test_no_file_is_a_long_one() -> None:
    lengths = {path: len(path.read_text().splitlines()) for path in (ROOT / "src").rglob("*.py")}
    assert {str(path): length for path, length in lengths.items() if length > 400} == {}
