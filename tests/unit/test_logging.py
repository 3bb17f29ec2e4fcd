"""Records: JSON by default, with the stack of an error, from our code and from libraries alike."""

import io
import logging
from collections.abc import Iterator

import pytest
import structlog
from msgspec.json import decode

from kinoteka.settings import Settings
from kinoteka.web.logging import configure


@pytest.fixture
def stream() -> Iterator[io.StringIO]:
    """Afterwards logging is as it was before: other tests of this process look through what is logged."""
    root = logging.getLogger()
    handlers, level, before = root.handlers[:], root.level, structlog.get_config()
    root.handlers = []
    yield io.StringIO()
    root.handlers, root.level = handlers, level
    structlog.configure(**before)


def records(stream: io.StringIO) -> list[dict[str, str]]:
    return [decode(line) for line in stream.getvalue().splitlines()]


def fail() -> None:
    raise ValueError("a reason")


def test_json_with_the_stack(stream: io.StringIO) -> None:
    configure(Settings(), stream)
    try:
        fail()
    except ValueError as error:
        structlog.get_logger().error("server error", request_id="r1", exc_info=error)
    (record,) = records(stream)
    assert (record["event"], record["level"], record["request_id"]) == ("server error", "error", "r1")
    assert "ValueError: a reason" in record["exception"]
    assert record["timestamp"].endswith("Z")


def test_libraries_take_the_same_way_and_the_chatty_are_quiet(stream: io.StringIO) -> None:
    configure(Settings(), stream)
    logging.getLogger("some.library").warning("careful: %s", "hot")
    logging.getLogger("alembic.runtime.migration").info("chatter")
    assert [record["event"] for record in records(stream)] == ["careful: hot"]


def test_the_level_is_obeyed(stream: io.StringIO) -> None:
    configure(Settings(log_level="error"), stream)
    structlog.get_logger().warning("unseen")
    structlog.get_logger().error("seen")
    assert [record["event"] for record in records(stream)] == ["seen"]


def test_console_is_for_people(stream: io.StringIO) -> None:
    configure(Settings(log_format="console"), stream)
    structlog.get_logger().info("Demo catalogue loaded", films=3)
    assert "Demo catalogue loaded" in stream.getvalue()
    assert not stream.getvalue().startswith("{")
