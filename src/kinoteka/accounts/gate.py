"""Lets requests in: by a bearer token, and by what its owner may do at this moment."""

from typing import Literal

import structlog

from kinoteka.accounts.access_tokens import refused
from kinoteka.accounts.context import Accounts
from kinoteka.errors import ForbiddenError, UnauthorizedError
from kinoteka.web.exchange import Exchange
from kinoteka.web.guard import Caller, Permission

log = structlog.get_logger()


class AccountGate:
    """web's Gate."""

    def __init__(self, accounts: Accounts) -> None:
        self._accounts = accounts

    async def authenticate(self, exchange: Exchange) -> Caller:
        try:
            return await self._authenticate(exchange)
        except UnauthorizedError as error:
            _tell(exchange, None, error.detail)
            raise

    async def _authenticate(self, exchange: Exchange) -> Caller:
        token = _bearer(exchange.headers.get(b"authorization"))
        await self._accounts.ready()
        claims = self._accounts.verifier.verify(token)
        if await self._accounts.revocations.is_revoked(claims.session_id):
            raise refused("This session has ended; sign in.")
        return Caller(claims.user_id, claims.session_id)

    async def authorize(self, exchange: Exchange, caller: Caller, permission: Permission) -> None:
        if permission.name not in await self._accounts.permissions.get(caller.user_id):
            _tell(exchange, caller, permission.name)
            raise ForbiddenError(f"This needs the permission {permission.name}.")


def _bearer(header: bytes | None) -> str:
    if header is None:
        raise UnauthorizedError("Sign in, and send the access token in the header Authorization.")
    scheme, _, token = header.decode("latin-1").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise UnauthorizedError(
            "The header Authorization must be: Bearer, a space, an access token.", "invalid_request"
        )
    return token.strip()


def _tell(exchange: Exchange, caller: Caller | None, reason: str) -> None:
    status: Literal[401, 403] = 401 if caller is None else 403
    log.info(
        "denied",
        status=status,
        reason=reason,
        user_id=str(caller.user_id) if caller else None,
        method=exchange.method,
        path=exchange.path,
        client=exchange.client,
        request_id=exchange.request_id,
    )
