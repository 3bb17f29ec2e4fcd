"""Access tokens: JWTs (RFC 9068) that say who and in which session, and nothing of what they may do."""

import hashlib
from collections import OrderedDict
from datetime import datetime
from time import time
from typing import Any
from uuid import UUID, uuid4

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey
from joserfc.jws import extract_compact
from msgspec import Struct

from kinoteka.accounts.keys import ALGORITHM, Keyring
from kinoteka.errors import UnauthorizedError
from kinoteka.settings import Settings

_TYPE = "at+jwt"
_LONGEST = 4096
_KEPT = 4096
_LEEWAY = 5
"""Seconds that clocks of two hosts may differ by."""


class Claims(Struct, frozen=True):
    user_id: UUID
    session_id: UUID
    kid: str
    expires: float
    """Seconds since 1970."""


def issue(
    settings: Settings, keyring: Keyring, user_id: UUID, session_id: UUID, session_end: datetime
) -> tuple[str, int]:
    """The token and its life in seconds; it never outlives its session."""
    key, now = keyring.signing, int(time())
    life = max(1, min(settings.access_token_seconds, int(session_end.timestamp()) - now))
    claims = {
        "iss": settings.token_issuer,
        "aud": settings.token_audience,
        "sub": str(user_id),
        "sid": str(session_id),
        "iat": now,
        "exp": now + life,
        "jti": str(uuid4()),
    }
    header = {"alg": ALGORITHM, "typ": _TYPE, "kid": key.kid}
    return jwt.encode(header, claims, key.private, algorithms=[ALGORITHM]), life


class Verifier:
    """Checks signatures and claims; a token that was right is remembered, for checking one takes a while."""

    def __init__(self, settings: Settings, keyring: Keyring) -> None:
        self._settings = settings
        self._keyring = keyring
        self._known: OrderedDict[bytes, Claims] = OrderedDict()

    def verify(self, token: str) -> Claims:
        """Raises UnauthorizedError."""
        if len(token) > _LONGEST:
            raise refused()
        digest = hashlib.sha256(token.encode()).digest()
        claims = self._known.get(digest) or self._remember(digest, self._check(token))
        if claims.expires + _LEEWAY <= time():
            raise refused("The access token has expired; refresh it.")
        if self._keyring.find_public(claims.kid) is None:  # taken out since
            raise refused()
        return claims

    def _remember(self, digest: bytes, claims: Claims) -> Claims:
        self._known[digest] = claims
        if len(self._known) > _KEPT:
            self._known.popitem(last=False)
        return claims

    def _check(self, token: str) -> Claims:
        """The signature first, by the one algorithm of a key of ours; no claim is looked at before."""
        try:
            header = extract_compact(token.encode()).headers()
            key = self._find_key(header)
            decoded = jwt.decode(token, key, algorithms=[ALGORITHM])
        except (JoseError, ValueError, TypeError, KeyError, RecursionError):
            raise refused() from None
        return self._read(header["kid"], decoded.claims)

    def _find_key(self, header: dict[str, Any]) -> ECKey:
        """Only `kid` chooses a key; whatever else a header offers (jwk, jku, x5u, x5c) is not looked at."""
        if header.get("alg") != ALGORITHM or header.get("typ") != _TYPE or "crit" in header:
            raise refused()
        kid = header.get("kid")
        key = self._keyring.find_public(kid) if isinstance(kid, str) else None
        if key is None:
            raise refused()
        return key

    def _read(self, kid: str, claims: dict[str, Any]) -> Claims:
        now, settings = time(), self._settings
        if claims.get("iss") != settings.token_issuer or claims.get("aud") != settings.token_audience:
            raise refused()
        begins = [claims.get(name, now) for name in ("iat", "nbf")]
        expires: Any = claims.get("exp")
        if not all(type(moment) in (int, float) for moment in (*begins, expires)) or max(begins) > now + _LEEWAY:
            raise refused()
        try:
            return Claims(UUID(claims["sub"]), UUID(claims["sid"]), kid, float(expires))
        except (KeyError, ValueError, TypeError, AttributeError):
            raise refused() from None


def refused(detail: str = "This is no access token that holds; sign in.") -> UnauthorizedError:
    return UnauthorizedError(detail, "invalid_token")
