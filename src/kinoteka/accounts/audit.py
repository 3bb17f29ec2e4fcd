"""Who gave, took, disabled, deleted: written in the transaction that did it."""

from dataclasses import dataclass
from typing import Any, Literal
from uuid import UUID

import structlog
from msgspec.json import encode
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

Kind = Literal["user", "role", "key"]

log = structlog.get_logger()

_WRITE = text(
    "INSERT INTO audit_entry (actor_id, action, target_kind, target_id, detail, address) "
    "VALUES (:actor_id, :action, :target_kind, :target_id, CAST(:detail AS jsonb), :address)"
)


@dataclass(frozen=True)
class Actor:
    """Who does it, and from where; the command line has neither id nor address."""

    user_id: UUID | None = None
    address: str | None = None
    request_id: str = ""


COMMAND_LINE = Actor()


async def write(
    connection: AsyncConnection, actor: Actor, action: str, kind: Kind, target_id: UUID | str, **detail: Any
) -> None:
    """`detail` holds nothing personal: entries outlive the accounts they are about."""
    values = {
        "actor_id": actor.user_id,
        "action": action,
        "target_kind": kind,
        "target_id": str(target_id),
        "detail": encode(detail).decode(),
        "address": actor.address,
    }
    await connection.execute(_WRITE, values)
    log.info(
        "audit",
        action=action,
        target=f"{kind}:{target_id}",
        user_id=str(actor.user_id) if actor.user_id else None,
        client=actor.address,
        request_id=actor.request_id,
        **detail,
    )
