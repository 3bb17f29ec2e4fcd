"""The files of `deploy/`, as far as they can be judged without an engine: `make try-compose` runs them."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
COMPOSE = yaml.safe_load((ROOT / "compose.yaml").read_text())
TESTS = yaml.safe_load((ROOT / "tests/functional/compose.yaml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
ONE_SHOT = {"prepare", "restore", "migrate"}
WRITES_BESIDE_ITS_CONFIGURATION = {"elasticsearch"}
PINNED = re.compile(r"[a-z/]+:v?\d+(\.\d+)*|kinoteka:\$\{KINOTEKA_VERSION:-local\}|kinoteka-tests:local")
SECRET = re.compile(r"PASSWORD|SECRET|TOKEN|(^|_)KEY")


def each_service() -> list[Any]:
    return [pytest.param(name, service, id=name) for name, service in SERVICES.items()]


@pytest.mark.parametrize("document", [COMPOSE, TESTS], ids=["compose.yaml", "functional"])
def test_images_are_pinned(document: dict[str, Any]) -> None:
    images = [service["image"] for service in document["services"].values() if "image" in service]
    assert images
    assert [image for image in images if not PINNED.fullmatch(image)] == []


@pytest.mark.parametrize(("name", "service"), each_service())
def test_a_service_may_do_little(name: str, service: dict[str, Any]) -> None:
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service.get("read_only") or name in WRITES_BESIDE_ITS_CONFIGURATION
    assert service["mem_limit"]
    assert service["pids_limit"]
    assert not service.get("privileged")


@pytest.mark.parametrize(("name", "service"), each_service())
def test_no_secret_has_a_default(name: str, service: dict[str, Any]) -> None:
    given = {key: str(value) for key, value in service.get("environment", {}).items() if SECRET.search(key)}
    assert {
        key: value
        for key, value in given.items()
        if value and not key.endswith("_FILE") and not re.fullmatch(r"\$\{\w+:-\}", value) and key != "KINOTEKA_SECRETS"
    } == {}


def test_only_the_proxy_can_be_reached() -> None:
    assert [name for name, service in SERVICES.items() if "ports" in service] == ["proxy"]
    assert SERVICES["proxy"]["ports"] == ["${KINOTEKA_LISTEN:-127.0.0.1:8000}:8080"]
    assert COMPOSE["networks"]["servers"] == {"internal": True}
    assert not any("ports" in service for service in TESTS["services"].values())


@pytest.mark.parametrize(("name", "service"), each_service())
def test_a_service_runs_once_or_has_a_health_check_and_is_started_again(name: str, service: dict[str, Any]) -> None:
    if name in ONE_SHOT:
        assert "restart" not in service
        return
    assert service["restart"] == "unless-stopped"
    # The image has one of its own.
    assert "test" in service.get("healthcheck", {}) or service["image"].startswith("kinoteka:")


def test_the_order_of_starting_is_by_health_and_by_exit_status() -> None:
    for name, service in SERVICES.items():
        for other, how in service.get("depends_on", {}).items():
            once = other in ONE_SHOT
            assert how["condition"] == ("service_completed_successfully" if once else "service_healthy"), (name, other)
    assert "sleep" not in (ROOT / "compose.yaml").read_text()


def test_what_is_mounted_built_and_copied_is_there() -> None:
    mounts = [volume for service in SERVICES.values() for volume in service.get("volumes", []) if volume[0] == "."]
    assert mounts
    assert [mount for mount in mounts if not (ROOT / mount.split(":")[0]).is_file()] == []
    named = {volume.split(":")[0] for service in SERVICES.values() for volume in service.get("volumes", [])}
    assert {name for name in named if name[0] != "."} == set(COMPOSE["volumes"])
    assert (ROOT / COMPOSE["services"]["prepare"]["build"]["dockerfile"]).is_file()
    copied = re.findall(r"^COPY ((?!--from).+) \S+$", (ROOT / "deploy/Dockerfile").read_text(), re.MULTILINE)
    assert [path for line in copied for path in line.split() if not (ROOT / path).exists()] == []


def test_the_image() -> None:
    lines = (ROOT / "deploy/Dockerfile").read_text().splitlines()
    bases = [line.split()[1] for line in lines if line.startswith("FROM")]
    assert bases[0] == "python:3.13-slim-bookworm"
    assert not any(":" in base for base in bases[1:])
    last = lines[max(number for number, line in enumerate(lines) if line.startswith("FROM")) :]
    assert "USER kinoteka" in last
    assert 'ENTRYPOINT ["kinoteka"]' in last
    assert any(line.startswith("HEALTHCHECK") for line in last)
    assert all("--require-hashes" in line for line in lines if "install" in line and "-r requirements" in line)


def test_redis_short_of_memory_drops_answers_and_no_token() -> None:
    command = COMPOSE["services"]["redis"]["command"]
    assert command[command.index("--maxmemory-policy") + 1] == "volatile-lru"


def test_the_functional_tests_have_servers_like_the_real_ones() -> None:
    for name in ("prepare", "postgres", "elasticsearch", "redis", "s3"):
        assert TESTS["services"][name]["extends"] == {"file": "../../compose.yaml", "service": name}
    assert set(TESTS["volumes"]) <= set(COMPOSE["volumes"])
    assert TESTS["networks"] == {"servers": COMPOSE["networks"]["servers"]}
    assert TESTS["name"] != COMPOSE["name"]
