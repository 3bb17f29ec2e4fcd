"""Settings that stand in files, as Docker, systemd and Kubernetes hand secrets to a program."""

from pathlib import Path

import pytest

from kinoteka.cli.terminal import load_settings
from kinoteka.errors import UsageError

URL = "postgresql://kinoteka:secret@db/kinoteka"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("KINOTEKA_SECRETS", str(tmp_path))
    return tmp_path


def test_a_file_sets_what_it_is_named_after(folder: Path) -> None:
    (folder / "kinoteka_database_url").write_text(URL + "\n")
    (folder / "kinoteka_unknown").write_text("not ours")
    assert load_settings().database_url == URL


def test_the_environment_goes_before_a_file_unless_it_is_empty(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "kinoteka_database_url").write_text(URL)
    monkeypatch.setenv("KINOTEKA_DATABASE_URL", "")
    assert load_settings().database_url == URL
    monkeypatch.setenv("KINOTEKA_DATABASE_URL", "postgresql://other/kinoteka")
    assert load_settings().database_url == "postgresql://other/kinoteka"


def test_a_wrong_file_is_named_like_its_variable(folder: Path) -> None:
    (folder / "kinoteka_redis_url").write_text("http://redis")
    with pytest.raises(UsageError, match=r"KINOTEKA_REDIS_URL: .*should be like redis://"):
        load_settings()


def test_keys_to_an_s3_server_that_is_not_used_are_left_in_their_files(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("access", "secret"):
        (folder / f"kinoteka_s3_{name}_key").write_text(name)
    monkeypatch.setenv("KINOTEKA_OBJECTS_URL", "/objects")
    assert (load_settings().s3_access_key, load_settings().s3_secret_key) == (None, None)
    monkeypatch.setenv("KINOTEKA_OBJECTS_URL", "s3://kinoteka")
    assert load_settings().s3_access_key == "access"
    monkeypatch.setenv("KINOTEKA_OBJECTS_URL", "/objects")
    monkeypatch.setenv("KINOTEKA_S3_ACCESS_KEY", "mine")
    with pytest.raises(UsageError, match=r"KINOTEKA_S3_ACCESS_KEY: .*of no use"):
        load_settings()


def test_a_folder_that_is_not_there(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KINOTEKA_SECRETS", str(folder / "missing"))
    with pytest.raises(UsageError, match="KINOTEKA_SECRETS"):
        load_settings()
