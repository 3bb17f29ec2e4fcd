"""`kinoteka backup` as a person or a container runs it, beside a server and without one; killed in the middle."""

import os
import signal
import stat
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.program import KINOTEKA, environment, run, serve


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with the demo catalogue, indexed, and one backup of it in `store` beside it."""
    data = tmp_path_factory.mktemp("backed-up") / "data"
    with serve(data, "--demo", KINOTEKA_OBJECTS_URL=str(data.parent / "store")) as program:
        program.wait_until_indexed()
        made = run(data, "backup", "create", KINOTEKA_OBJECTS_URL=str(data.parent / "store"))
        assert made.returncode == 0, made.stderr
        assert program.get("/health/ready").status_code == 200
        assert "kinoteka_backup_age_seconds" in program.get("/metrics").text
        program.stop(signal.SIGTERM)
    return data


@pytest.fixture
def store(filled: Path, tmp_path: Path) -> Iterator[str]:
    """A copy of that store."""
    subprocess.run(["cp", "-a", filled.parent / "store", tmp_path / "store"], check=True)
    return str(tmp_path / "store")


def films(data: Path) -> int:
    with serve(data) as program:
        program.wait_until_indexed()
        total = program.get("/api/v1/films").json()["total"]
        assert program.get("/api/v1/search", q="тіні забутих предків").json()["total"] > 0
        program.stop(signal.SIGTERM)
    return int(total)


def test_a_backup_is_its_owners_alone(filled: Path) -> None:
    places = [*(filled.parent / "store").rglob("*")]
    assert len(places) > 5
    assert {place for place in places if stat.S_IMODE(place.stat().st_mode) & 0o077} == set()


def test_it_is_brought_back_once(store: str, tmp_path: Path) -> None:
    data = tmp_path / "data"
    first = run(data, "backup", "restore", "--if-empty", KINOTEKA_OBJECTS_URL=store)
    assert first.returncode == 0, first.stderr
    assert "Index compared with the database: 0 documents differed." in first.stdout
    again = run(data, "backup", "restore", "--if-empty", KINOTEKA_OBJECTS_URL=store)
    assert (again.returncode, again.stderr) == (0, "")
    assert "holds data" in again.stdout
    refused = run(data, "backup", "restore", KINOTEKA_OBJECTS_URL=store)
    assert (refused.returncode, refused.stderr.count("\n")) == (1, 1)
    assert films(data) >= 300


def test_a_place_where_a_server_ran_and_nobody_put_anything_is_empty(store: str, tmp_path: Path) -> None:
    data = tmp_path / "data"
    with serve(data) as program:
        program.wait_until_indexed()
        assert program.stop(signal.SIGTERM) == 0
    answer = run(data, "backup", "restore", KINOTEKA_OBJECTS_URL=store)
    assert answer.returncode == 0, answer.stderr
    assert "documents differed" in answer.stdout
    assert films(data) >= 300


def test_without_a_backup_it_begins_empty_or_with_the_demo(tmp_path: Path) -> None:
    empty = run(tmp_path / "data", "backup", "restore", "--if-empty")
    assert (empty.returncode, "the catalogue is empty" in empty.stdout) == (0, True)
    demo = run(tmp_path / "data", "backup", "restore", "--if-empty", KINOTEKA_DEMO="true")
    assert (demo.returncode, "the demo catalogue is loaded" in demo.stdout) == (0, True)
    refused = run(tmp_path / "other", "backup", "restore")
    assert (refused.returncode, refused.stderr.count("\n")) == (1, 1)


def test_a_running_server_keeps_its_data(store: str, tmp_path: Path) -> None:
    with serve(tmp_path / "data") as program:
        answer = run(tmp_path / "data", "backup", "restore", "--if-empty", KINOTEKA_OBJECTS_URL=store)
        assert answer.returncode == 1
        assert f"in use by process {program.process.pid}" in answer.stderr


def test_backups_with_no_server_running(store: str, tmp_path: Path) -> None:
    data = tmp_path / "data"
    run(data, "backup", "restore", KINOTEKA_OBJECTS_URL=store)
    made = run(data, "backup", "create", KINOTEKA_OBJECTS_URL=store)
    assert made.returncode == 0, made.stderr
    listed = run(data, "backup", "list", KINOTEKA_OBJECTS_URL=store, COLUMNS="200")
    assert listed.stdout.count("✓") == 2
    pruned = run(data, "backup", "prune", "--keep", "1", KINOTEKA_OBJECTS_URL=store)
    assert pruned.stdout == "1 removed, 1 kept.\n"
    assert run(data, "backup", "verify", KINOTEKA_OBJECTS_URL=store).returncode == 0


def test_a_damaged_one_is_one_sentence(store: str, tmp_path: Path) -> None:
    (dump,) = Path(store).rglob("database.dump")
    dump.write_bytes(dump.read_bytes()[:-100])
    for words in (["restore"], ["restore", "--if-empty"], ["verify", dump.parent.name]):
        answer = run(tmp_path / "data", "backup", *words, KINOTEKA_OBJECTS_URL=store)
        assert answer.returncode == 1
        assert answer.stderr.splitlines()[-1].startswith(f"Backup {dump.parent.name} cannot be used: ")
    listed = run(tmp_path / "data", "backup", "list", KINOTEKA_OBJECTS_URL=store, COLUMNS="300")
    assert "bytes instead of" in listed.stdout


@pytest.mark.parametrize("seconds", [0.3, 0.8, 1.3, 1.8, 2.5])
def test_a_kill_in_the_middle_of_a_restore_leaves_it_to_the_next(store: str, tmp_path: Path, seconds: float) -> None:
    data = tmp_path / "data"
    process = subprocess.Popen(
        [*KINOTEKA, "backup", "restore"],
        env=environment(data, KINOTEKA_OBJECTS_URL=store),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    time.sleep(seconds)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    after = run(data, "backup", "restore", "--if-empty", KINOTEKA_OBJECTS_URL=store)
    assert after.returncode == 0, after.stderr
    assert films(data) >= 300


def test_the_clock_makes_one(tmp_path: Path) -> None:
    with serve(tmp_path / "data", "--demo", KINOTEKA_BACKUP_EVERY="24") as program:
        deadline = time.monotonic() + 60
        while not [*(tmp_path / "data/objects/backups").glob("*/manifest.json")]:
            assert time.monotonic() < deadline
            time.sleep(0.05)
        assert program.stop(signal.SIGTERM) == 0


@pytest.mark.parametrize("secret", ["s3cret-of-s3"])
def test_a_store_that_is_away_is_one_sentence(tmp_path: Path, secret: str) -> None:
    away = {"KINOTEKA_OBJECTS_URL": "s3://bucket", "KINOTEKA_S3_ENDPOINT": "http://127.0.0.1:1"}
    away |= {"KINOTEKA_S3_ACCESS_KEY": "key", "KINOTEKA_S3_SECRET_KEY": secret}
    for words in (["create"], ["list"], ["restore", "--if-empty"], ["verify"], ["prune", "--keep", "1"]):
        answer = run(tmp_path / "data", "backup", *words, **away)
        assert (answer.returncode, answer.stderr.count("\n")) == (1, 1), answer.stderr
        assert secret not in answer.stderr
