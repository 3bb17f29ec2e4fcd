"""The history of sign-ins: who tried, when, from where, and what came of it."""

from uuid import UUID

import structlog
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from kinoteka.accounts.origin import Origin
from kinoteka.accounts.phones import mask_phone
from kinoteka.accounts.schemas import Reason

log = structlog.get_logger()

# The account's row is locked against deletion meanwhile: a record must not outlive the person it is about.
_RECORD = text(
    """
    INSERT INTO sign_in (account_id, success, reason, address, user_agent, session_id)
    VALUES ((SELECT id FROM account WHERE id = :account_id FOR KEY SHARE),
            :success, :reason, :address, :user_agent, :session_id)
    """
)


async def record(
    connection: AsyncConnection, account_id: UUID | None, reason: Reason, origin: Origin, session_id: UUID | None = None
) -> None:
    values = {
        "account_id": account_id,
        "success": reason == "signed_in",
        "reason": reason,
        "address": origin.address,
        "user_agent": origin.user_agent,
        "session_id": session_id,
    }
    await connection.execute(_RECORD, values)


def tell(reason: Reason, phone: str, account_id: UUID | None, origin: Origin) -> None:
    """In the log too, where an alarm can see it."""
    log.info(
        "sign-in",
        reason=reason,
        phone=mask_phone(phone),
        user_id=str(account_id) if account_id else None,
        client=origin.address,
        user_agent=origin.user_agent,
        request_id=origin.request_id,
    )
