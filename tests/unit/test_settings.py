"""Settings that cannot be: each refused with its reason, all of them at once."""

import pytest

from kinoteka.cli.terminal import load_settings
from kinoteka.errors import UsageError
from kinoteka.settings import Settings

SERVERS = {
    "database_url": "postgresql://kinoteka@db/kinoteka",
    "elasticsearch_url": "http://one:9200, https://user:word@two:9200",
    "redis_url": "redis://cache:6379/0",
}
S3 = {"objects_url": "s3://bucket/prefix", "s3_access_key": "key", "s3_secret_key": "secret-of-the-bucket"}


def faults(**given: object) -> str:
    with pytest.raises(UsageError) as caught:
        load_settings(**given)
    assert "Value error" not in caught.value.detail
    return caught.value.detail


def test_the_full_stack_is_possible() -> None:
    settings = load_settings(**SERVERS, **S3, s3_endpoint="http://s3:9000", processes=8, indexer=False)
    assert settings.elasticsearch_nodes == ("http://one:9200", "https://user:word@two:9200")
    assert not settings.needs_folder
    assert settings.missing_to_share == ""


@pytest.mark.parametrize("without", ["database_url", "elasticsearch_url"])
def test_without_a_server_the_folder_is_needed(without: str) -> None:
    assert Settings(**{name: url for name, url in SERVERS.items() if name != without}).needs_folder  # type: ignore[arg-type] # by name


@pytest.mark.parametrize("without", SERVERS)
@pytest.mark.parametrize("wish", [{"processes": 2}, {"indexer": False}])
def test_many_processes_need_every_server(without: str, wish: dict[str, object]) -> None:
    servers = {name: url for name, url in SERVERS.items() if name != without}
    (name,) = wish
    said = faults(**servers, **wish)
    assert said.startswith(f"Settings are wrong. KINOTEKA_{name.upper()}: ")
    assert f"set KINOTEKA_{without.upper()}" in said
    assert not any(f"KINOTEKA_{other.upper()}" in said for other in servers)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("database_url", "mysql://db/kinoteka"),
        ("elasticsearch_url", "one:9200"),
        ("elasticsearch_url", "http://one:9200,ftp://two:9200"),
        ("elasticsearch_url", "http://one:port"),
        ("redis_url", "http://cache:6379"),
        ("redis_url", "redis://cache:6379/first"),
        ("redis_url", "redis:///0"),
        ("objects_url", "gs://bucket/prefix"),
        ("objects_url", "s3://"),
        ("s3_endpoint", "s3.example:9000"),
    ],
)
def test_an_address_of_another_kind(name: str, value: str) -> None:
    said = faults(**{**SERVERS, **S3, name: value})
    assert said.count("KINOTEKA_") == 1, said
    assert f"KINOTEKA_{name.upper()}: " in said


def test_s3_needs_its_keys_and_keys_need_s3() -> None:
    said = faults(objects_url="s3://bucket")
    assert "KINOTEKA_S3_ACCESS_KEY: is needed" in said
    assert "KINOTEKA_S3_SECRET_KEY: is needed" in said
    said = faults(**{**S3, "objects_url": "/var/lib/kinoteka"}, s3_endpoint="http://s3:9000")
    assert said.count("begins with s3://") == 3
    assert "secret-of-the-bucket" not in said


def test_every_reason_at_once_and_no_secret() -> None:
    said = faults(
        port=70000,
        database_url="postgresql://user:hidden@",
        processes=3,
        indexer=False,
        objects_url="s3://bucket",
        s3_access_key="key",
    )
    for name in ("PORT", "DATABASE_URL", "PROCESSES", "INDEXER", "S3_SECRET_KEY"):
        assert f"KINOTEKA_{name}: " in said
    assert "hidden" not in said
