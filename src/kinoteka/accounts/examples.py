"""Examples for the documentation."""

from datetime import UTC, datetime
from uuid import UUID

from kinoteka.accounts import permissions, schemas

_NOW = datetime(2026, 11, 25, 18, 0, tzinfo=UTC)
_USER = UUID("0b6f1e1c-5d6a-4a55-9a52-6c1d8f3a2b10")
_ROLE = UUID("5e7c9d12-3f7b-4b0e-8f1a-2d9a6c4e7f55")
_SESSION = UUID("c2a4f9e8-71b3-4f0e-9d57-0a6b3e8d1c44")
_AGENT = "Mozilla/5.0 (X11; Linux x86_64) Firefox/145.0"

PASSWORD = "three otters at noon"  # noqa: S105 - an example
PHONE = "+380 50 123 45 67"
USER = schemas.User(
    id=_USER,
    phone="+380501234567",
    name="Olena",
    age=34,
    active=True,
    created_at=_NOW,
    roles=[schemas.RoleName(_ROLE, "editor")],
)
TOKENS = schemas.Tokens(
    access_token="eyJhbGciOiJFUzI1NiIsInR5cCI6ImF0K2p3dCIsImtpZCI6IuKApiJ9.e30.c2ln",  # noqa: S106 - an example
    refresh_token="kr_wqT56HGzTw6dVwprPo0cRAAAAAA…",  # noqa: S106 - an example
    token_type="Bearer",  # noqa: S106 - the scheme's name
    expires_in=900,
)
SIGNED_IN = schemas.SignedIn(
    access_token=TOKENS.access_token,
    refresh_token=TOKENS.refresh_token,
    token_type="Bearer",  # noqa: S106 - the scheme's name
    expires_in=900,
    device_token="kd_AAAAAGkl4vA…",  # noqa: S106 - an example
)
SIGN_IN = schemas.SignIn(
    at=_NOW, success=False, reason="wrong_password", address="203.0.113.7", user_agent=_AGENT, session_id=None
)
SESSION = schemas.Session(
    id=_SESSION, started_at=_NOW, last_seen_at=_NOW, address="203.0.113.7", user_agent=_AGENT, current=True
)
ROLE = schemas.Role(
    id=_ROLE,
    name="editor",
    description="Looks after the catalogue.",
    permissions=["catalogue:write"],
    built_in=False,
    users=2,
)
AUDIT = schemas.AuditEntry(
    id=_SESSION,
    at=_NOW,
    actor_id=_USER,
    action="role.give",
    target_kind="user",
    target_id=str(_USER),
    detail={"role": "editor", "role_id": str(_ROLE)},
    address="203.0.113.7",
)
PERMISSIONS = schemas.Permissions(
    [schemas.PermissionItem(one.name, one.description) for one in permissions.PERMISSIONS]
)
ROLE_NAMES = schemas.RoleNames(USER.roles)
ALLOWED = schemas.Allowed(True)
KEYS = schemas.KeySet(
    [
        {
            "kty": "EC",
            "crv": "P-256",
            "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
            "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
            "kid": "t76lOL1zjOvr_Ho2JGfdK2mgWv-lKJ0cItv6CgRBDPw",
            "use": "sig",
            "alg": "ES256",
        }
    ]
)
