"""What the dashboard and the alerts ask Prometheus for is what a running Kinoteka tells it."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families

from tests.e2e.program import run, serve

DEPLOY = Path(__file__).parents[2] / "deploy"
DASHBOARD = json.loads((DEPLOY / "grafana/kinoteka.json").read_text())
ALERTS = yaml.safe_load((DEPLOY / "prometheus/alerts.yml").read_text())
OWN = re.compile(r"\b(?:kinoteka|process)_\w+")
NEEDED = ["requests_total", "request_seconds_bucket", "feed_age_seconds", "feed_direct_waiting", "feed_write_seconds"]
NEEDED += ["feed_conflicts", "feed_dead_letters", "state_database", "state_cache", "backup_age_seconds"]


def panels() -> list[dict[str, Any]]:
    return [panel for panel in DASHBOARD["panels"] if panel["type"] != "row"]


def questions() -> list[str]:
    return [target["expr"] for panel in panels() for target in panel["targets"]] + [
        rule["expr"] for group in ALERTS["groups"] for rule in group["rules"]
    ]


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> str:
    data = tmp_path_factory.mktemp("dashboard") / "data"
    backups = {"KINOTEKA_OBJECTS_URL": str(data.parent / "objects")}
    with serve(data, "--demo", **backups) as program:
        program.wait_until_indexed()
        assert run(data, "backup", "create", **backups).returncode == 0
        program.get("/api/v1/films")
        return program.get("/metrics").text


def test_every_metric_asked_for_is_served(served: str) -> None:
    names = {sample.name for family in text_string_to_metric_families(served) for sample in family.samples}
    asked = {name for question in questions() for name in OWN.findall(question)}
    assert asked - names == set()
    assert {f"kinoteka_{name}" for name in NEEDED} <= asked


def test_every_label_asked_for_is_served(served: str) -> None:
    families = text_string_to_metric_families(served)
    labels = {label for family in families for sample in family.samples for label in sample.labels}
    grouped = {label for question in questions() for label in re.findall(r"by \((\w+)\)", question)}
    matched = {label for question in questions() for label in re.findall(r"(\w+)(?:=~|!=|=)\"", question)}
    assert grouped | matched <= labels | {"job"}


def test_the_dashboard_can_be_imported() -> None:
    assert len({panel["id"] for panel in DASHBOARD["panels"]}) == len(DASHBOARD["panels"])
    assert all(panel["datasource"]["uid"] == "${datasource}" for panel in panels())
    places = [(panel["gridPos"]["x"], panel["gridPos"]["y"]) for panel in DASHBOARD["panels"]]
    assert len(set(places)) == len(places)
    assert all(panel["gridPos"]["x"] + panel["gridPos"]["w"] <= 24 for panel in DASHBOARD["panels"])
