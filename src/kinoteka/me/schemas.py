"""What is kept of one person, on the wire."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from msgspec import Meta, Struct

from kinoteka.accounts import examples
from kinoteka.accounts.schemas import SignIn, User

_Moment = Annotated[datetime, Meta(tz=True)]


class OwnSession(Struct, frozen=True, kw_only=True):
    id: UUID
    started_at: _Moment
    last_seen_at: _Moment
    address: str
    user_agent: str


class OwnData(Struct, frozen=True, kw_only=True):
    user: User
    sessions: list[OwnSession]
    logins: list[SignIn]


EXAMPLE = OwnData(
    user=examples.USER,
    sessions=[
        OwnSession(
            id=examples.SESSION.id,
            started_at=examples.SESSION.started_at,
            last_seen_at=examples.SESSION.last_seen_at,
            address=examples.SESSION.address,
            user_agent=examples.SESSION.user_agent,
        )
    ],
    logins=[examples.SIGN_IN],
)
