"""What accounts look like on the wire."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from msgspec import Meta, Struct

from kinoteka.web.paging import Page

Moment = Annotated[datetime, Meta(tz=True)]
Reason = Literal["signed_in", "wrong_password", "unknown_phone", "disabled", "refresh_token_reused"]


class RoleName(Struct, frozen=True):
    id: UUID
    name: str


class User(Struct, frozen=True, kw_only=True):
    id: UUID
    phone: Annotated[str, Meta(description="In E.164: `+`, country code, number.")]
    name: str | None
    age: Annotated[int, Meta(ge=0, le=150)] | None
    active: Annotated[bool, Meta(description="False: disabled by an administrator; cannot sign in.")]
    created_at: Moment
    roles: list[RoleName]


class Tokens(Struct, frozen=True, kw_only=True):
    access_token: Annotated[str, Meta(description="A JWT, for `Authorization: Bearer …`.")]
    refresh_token: Annotated[str, Meta(description="Good once, for the next pair of tokens.")]
    token_type: Literal["Bearer"]
    expires_in: Annotated[int, Meta(description="Life of the access token, in seconds.")]


class SignedIn(Tokens, frozen=True, kw_only=True):
    device_token: Annotated[
        str,
        Meta(
            description="Keep it beyond sign-out and send it with the next sign-in: then guesses by strangers never "
            "delay this device."
        ),
    ]


class SignIn(Struct, frozen=True, kw_only=True):
    at: Moment
    success: bool
    reason: Reason
    address: str
    user_agent: str
    session_id: UUID | None


class Session(Struct, frozen=True, kw_only=True):
    id: UUID
    started_at: Moment
    last_seen_at: Annotated[Moment, Meta(description="When it last got tokens.")]
    address: str
    user_agent: str
    current: Annotated[bool, Meta(description="The one that asks.")]


class Role(Struct, frozen=True, kw_only=True):
    id: UUID
    name: str
    description: str | None
    permissions: list[str]
    built_in: Annotated[bool, Meta(description="Cannot be changed or deleted.")]
    users: Annotated[int, Meta(description="How many have it.")]


class PermissionItem(Struct, frozen=True):
    name: str
    description: str


class AuditEntry(Struct, frozen=True, kw_only=True):
    id: UUID
    at: Moment
    actor_id: Annotated[UUID | None, Meta(description="Who did it; null: the command line.")]
    action: str
    target_kind: Literal["user", "role", "key"]
    target_id: str
    detail: dict[str, Any]
    address: str | None


class Permissions(Struct, frozen=True):
    items: list[PermissionItem]


class RoleNames(Struct, frozen=True):
    items: list[RoleName]


class Allowed(Struct, frozen=True):
    allowed: bool


class UserPage(Page[User], frozen=True, kw_only=True):
    pass


class SignInPage(Page[SignIn], frozen=True, kw_only=True):
    pass


class SessionPage(Page[Session], frozen=True, kw_only=True):
    pass


class RolePage(Page[Role], frozen=True, kw_only=True):
    pass


class AuditPage(Page[AuditEntry], frozen=True, kw_only=True):
    pass


class KeySet(Struct, frozen=True):
    keys: list[dict[str, str]]
