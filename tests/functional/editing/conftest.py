"""A site on a few films that a test may change, with an editor signed in."""

import os

import pytest
from applications import Own
from editing_steps import Desk
from people import new_person

collect_ignore = [] if "TEST_REDIS_URL" in os.environ else ["test_editing_processes.py"]


@pytest.fixture
async def desk(own: Own) -> Desk:
    """Nobody keeps the index in step: what is seen is seen because it was written."""
    return Desk(own, await new_person(own.services, "catalogue:write"))
