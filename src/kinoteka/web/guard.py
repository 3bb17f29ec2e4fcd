"""Who may call a route. Each route says it; there is no default."""

from dataclasses import dataclass
from enum import Enum
from typing import Protocol, TypeAlias
from uuid import UUID

from kinoteka.web.exchange import Exchange


class Access(Enum):
    PUBLIC = "public"
    CATALOGUE = "catalogue"
    """Public, or any account where the catalogue is private."""
    USER = "user"
    """Any account."""


@dataclass(frozen=True)
class Permission:
    name: str
    description: str


@dataclass(frozen=True)
class OneselfOr:
    """The account whose id stands in the path, and whoever has the permission."""

    permission: Permission
    parameter: str = "id"


Guard: TypeAlias = Access | Permission | OneselfOr


@dataclass(frozen=True)
class Caller:
    """Who is signed in."""

    user_id: UUID
    session_id: UUID


class Gate(Protocol):
    """What web needs of accounts. Each verb may raise UnavailableError."""

    async def authenticate(self, exchange: Exchange) -> Caller:
        """Raises UnauthorizedError."""

    async def authorize(self, exchange: Exchange, caller: Caller, permission: Permission) -> None:
        """Raises ForbiddenError."""
