"""The program from its start to its end."""

import os
import shutil
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.e2e.program import KINOTEKA, environment, is_alive, run, serve, until


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "data"


def test_an_empty_folder_to_a_searchable_catalogue_and_a_second_start(data: Path) -> None:
    with serve(data, "--demo") as program:
        assert program.get("/health/live").status_code == 200
        program.wait_until_indexed()
        total = program.get("/api/v1/films").json()["total"]
        assert total >= 300
        found = program.get("/api/v1/search", q="тіні забутих предків").json()["items"][0]["film"]
        assert found["title"] == "Shadows of Forgotten Ancestors"
        assert "/docs" in program.said()
        assert program.stop(signal.SIGTERM) == 0
    with serve(data, "--demo") as program:
        program.wait_until_indexed()
        assert program.get("/api/v1/films").json()["total"] == total
        assert program.get(f"/api/v1/films/{found['id']}").json()["title"] == found["title"]


def test_ctrl_c_ends_every_process(data: Path) -> None:
    with serve(data) as program:
        assert len(program.family()) > 1
        assert program.stop(signal.SIGINT) == 130
    assert "Traceback" not in program.said()


def test_ctrl_c_while_it_starts_ends_every_process(data: Path) -> None:
    process = subprocess.Popen(
        [*KINOTEKA, "serve", "--demo"],
        env=environment(data),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    with process:
        until(lambda: (data / "postgres.new").exists() or (data / "postgres").exists(), "initdb")
        process.send_signal(signal.SIGINT)
        said, _ = process.communicate()
    assert process.returncode == 130, said
    assert "Traceback" not in said
    with serve(data) as program:
        assert program.get("/health/live").status_code == 200


def test_sigkill_loses_nothing(data: Path) -> None:
    with serve(data, "--demo") as program:
        program.wait_until_indexed()
        total = program.get("/api/v1/films").json()["total"]
        program.stop(signal.SIGKILL)
    with serve(data) as program:
        program.wait_until_indexed()
        assert program.get("/api/v1/films").json()["total"] == total


def test_it_outlives_its_postgres(data: Path) -> None:
    with serve(data, "--demo") as program:
        program.wait_until_indexed()
        leader = int((data / "postgres/postmaster.pid").read_text().split()[0])
        os.kill(leader, signal.SIGKILL)
        until(lambda: not is_alive(leader), "the end of PostgreSQL")
        assert program.get("/api/v1/films").status_code == 200
        until(lambda: program.get("/health/ready").json()["status"] == "up", "PostgreSQL again")
        assert "PostgreSQL ended and is started again" in program.said()
        assert program.stop(signal.SIGTERM) == 0


def test_a_second_start_on_the_folder_says_so_in_one_sentence(data: Path) -> None:
    with serve(data) as program:
        second = run(data, "serve")
        assert second.returncode == 1
        assert second.stdout == ""
        assert second.stderr.count("\n") == 1
        assert f"in use by process {program.process.pid}" in second.stderr
        assert program.address in second.stderr


def test_a_port_that_is_taken_is_one_sentence(data: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        answer = run(data, "serve", "--port", str(taken.getsockname()[1]))
    assert answer.returncode == 1
    assert answer.stderr.count("\n") == 1
    assert "Address already in use" in answer.stderr


async def test_a_server_of_ones_own(data: Path, empty_database_url: str) -> None:
    with serve(data, "--demo", KINOTEKA_DATABASE_URL=empty_database_url) as program:
        program.wait_until_indexed()
        assert program.get("/api/v1/films").json()["total"] >= 300
        assert len(program.family()) == 1
        assert not (data / "postgres").exists()


def test_commands_use_the_running_server_and_do_without_it(data: Path) -> None:
    assert run(data, "demo", "load").stdout.endswith(" 0 as they were.\n")
    with serve(data) as program:
        program.wait_until_indexed()
        assert program.get("/api/v1/films").json()["total"] >= 300
        assert run(data, "demo", "load").stdout.startswith("0 films new, 0 changed")
        assert run(data, "index", "rebuild").returncode == 0
        assert run(data, "index", "reconcile").stdout.startswith("0 documents")
        assert run(data, "index", "status").returncode == 0
        assert str(program.process.pid) in run(data, "doctor", KINOTEKA_PORT="8000").stdout
        assert program.get("/api/v1/films").json()["total"] >= 300


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
def test_another_user_with_a_read_only_home(tmp_path: Path) -> None:
    place = tmp_path.parent / f"{tmp_path.name}-user"
    place.mkdir()
    shutil.chown(place, "nobody")
    home = tmp_path / "home"
    home.mkdir(mode=0o555)
    # The capability stands for a clone that the user can read: in CI it lies below root's own closed home.
    caps = [f"--{kind}-caps=-all,+dac_read_search" for kind in ("inh", "ambient")]
    user = ("setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups", *caps)
    command = (*user, *KINOTEKA)
    with serve(place / "data", "--demo", command=command, HOME=str(home)) as program:
        program.wait_until_indexed()
        assert (place / "data/postgres").stat().st_uid == place.stat().st_uid
        assert program.get("/api/v1/films").json()["total"] >= 300
    assert list(home.iterdir()) == []


def test_wrong_settings_are_all_named(data: Path) -> None:
    answer = run(data, "serve", KINOTEKA_PORT="70000", KINOTEKA_LOG_LEVEL="loud")
    assert answer.returncode == 1
    assert "KINOTEKA_PORT" in answer.stderr
    assert "KINOTEKA_LOG_LEVEL" in answer.stderr
    assert "Traceback" not in answer.stderr


def test_a_database_that_does_not_answer_is_one_sentence(data: Path) -> None:
    nowhere = "postgresql://nobody:secret@127.0.0.1:1/none"
    for words in (("db", "upgrade"), ("serve",)):
        answer = run(data, *words, KINOTEKA_DATABASE_URL=nowhere)
        assert answer.returncode == 1
        assert answer.stderr.count("\n") == 1
        assert "127.0.0.1:1/none" in answer.stderr
        assert "secret" not in answer.stderr


def test_what_nobody_foresaw_is_one_sentence_and_a_stack_in_a_file(data: Path) -> None:
    data.mkdir()
    (data / "index").write_text("a file where a folder belongs")
    answer = run(data, "index", "rebuild")
    assert answer.returncode == 1
    assert answer.stderr.count("\n") == 1
    assert "Traceback" not in answer.stderr
    (log,) = data.glob("kinoteka-errors-*.log")
    assert str(log) in answer.stderr
    assert "Traceback" in log.read_text()


def test_the_version(data: Path) -> None:
    answer = run(data, "--version")
    assert answer.returncode == 0
    assert answer.stdout.startswith("kinoteka 0.")
    assert not data.exists()


@pytest.mark.slow
def test_the_wheel_in_an_empty_environment(tmp_path: Path) -> None:
    root = Path(__file__).parents[2]
    build = [sys.executable, "-m", "build", "--no-isolation", "--wheel", "--outdir", tmp_path / "dist", root]
    subprocess.run(build, check=True, capture_output=True)
    (wheel,) = (tmp_path / "dist").glob("*.whl")
    subprocess.run([sys.executable, "-m", "venv", tmp_path / "venv"], check=True)
    python = tmp_path / "venv/bin/python"
    subprocess.run([python, "-m", "pip", "install", "-q", "--no-deps", "--no-index", wheel], check=True)
    # What Kinoteka depends on, and not Kinoteka itself, which is an editable install there and so not on this path.
    libraries = next(path for path in sys.path if path.endswith("site-packages"))
    (site,) = (tmp_path / "venv/lib").glob("python*/site-packages")
    (site / "libraries.pth").write_text(libraries + "\n")
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    with serve(elsewhere / "data", "--demo", command=(str(tmp_path / "venv/bin/kinoteka"),)) as program:
        program.wait_until_indexed()
        assert program.get("/api/v1/films").json()["total"] >= 300
        assert program.get("/docs").status_code == 200
    where = subprocess.run([python, "-c", "import kinoteka; print(kinoteka.__file__)"], capture_output=True, text=True)
    assert where.stdout.startswith(str(site))
