"""A site on a few films that a test may change, with an editor signed in."""

import pytest
from applications import Own
from editing_steps import Desk
from people import new_person


@pytest.fixture
async def desk(own: Own) -> Desk:
    """Nobody keeps the index in step: what is seen is seen because it was written."""
    return Desk(own, await new_person(own.services, "catalogue:write"))
