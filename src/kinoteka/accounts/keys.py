"""Signing keys: made here, kept in PostgreSQL encrypted, published as a JWK set, replaced with an overlap."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import structlog
from joserfc import jwe
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, OctKey
from msgspec.json import decode, encode
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from kinoteka.accounts.secrets import Secrets
from kinoteka.database import Database
from kinoteka.errors import UnavailableError

ALGORITHM = "ES256"
CURVE = "P-256"
PUBLISHED_BEFORE_USE = timedelta(minutes=10)
"""Others keep the JWK set for five minutes: a new key is in it for longer before anything is signed with it."""
_LOCK = 0x6B657973  # "keys"
_PURPOSE = "signing keys"

log = structlog.get_logger()


@dataclass(frozen=True)
class SigningKey:
    kid: str
    public: ECKey
    private: ECKey
    signs_from: datetime
    verifies_until: datetime | None


@dataclass(frozen=True)
class FoundKeys:
    """`unreadable`: ids of those that were encrypted with another secret key, which nothing of ours was signed with."""

    keys: Sequence[SigningKey]
    unreadable: frozenset[str]


class Keyring:
    """The keys of this process's memory; `refresh` is called when the database has others."""

    def __init__(self) -> None:
        self._turn = asyncio.Lock()
        self._keys: dict[str, SigningKey] = {}
        self._unreadable: frozenset[str] = frozenset()

    @property
    def kids(self) -> frozenset[str]:
        """Of all that were found, those too that cannot be read here."""
        return self._unreadable | frozenset(self._keys)

    async def refresh(self, database: Database, secrets: Secrets) -> None:
        """From the database; one reading at a time, so that an older one never replaces a newer.

        Raises UnavailableError.
        """
        async with self._turn, database.answering() as connection:
            self.replace(await read_keys(connection, secrets))

    def replace(self, found: FoundKeys) -> None:
        self._keys = {key.kid: key for key in found.keys}
        if found.unreadable - self._unreadable:
            log.warning(
                "Signing keys were encrypted with another KINOTEKA_SECRET_KEY and are not used: after a restore "
                "without that key everybody signs in again; otherwise give every process the same one",
                keys=sorted(found.unreadable),
            )
        self._unreadable = found.unreadable

    @property
    def signing(self) -> SigningKey:
        """The newest whose time has come. Raises UnavailableError while there is none."""
        now = datetime.now(UTC)
        ready = [key for key in self._keys.values() if key.signs_from <= now]
        if not ready:
            raise UnavailableError("There is no key to sign with yet.")
        return max(ready, key=lambda key: key.signs_from)

    def find_public(self, kid: str) -> ECKey | None:
        key = self._keys.get(kid)
        return key.public if key is not None and _verifies(key) else None

    def published(self) -> list[dict[str, Any]]:
        """As JWKs, the newest first."""
        keys = sorted(filter(_verifies, self._keys.values()), key=lambda key: key.signs_from, reverse=True)
        return [{**key.public.as_dict(private=False), "kid": key.kid, "use": "sig", "alg": ALGORITHM} for key in keys]


def _verifies(key: SigningKey) -> bool:
    return key.verifies_until is None or key.verifies_until > datetime.now(UTC)


async def read_keys(connection: AsyncConnection, secrets: Secrets) -> FoundKeys:
    rows = await connection.execute(
        text(
            "SELECT kid, private, signs_from, verifies_until FROM signing_key "
            "WHERE verifies_until IS NULL OR verifies_until > now()"
        )
    )
    keys: list[SigningKey] = []
    unreadable: set[str] = set()
    for row in rows:
        private = _decrypt(secrets, row.kid, row.private)
        if private is None:
            unreadable.add(row.kid)
        else:
            keys.append(SigningKey(row.kid, _public(private), private, row.signs_from, row.verifies_until))
    return FoundKeys(keys, frozenset(unreadable))


async def ensure_key(connection: AsyncConnection, secrets: Secrets) -> None:
    """Makes one where none can sign: at the first start, and after a restore without the secret key."""
    await _lock(connection)
    if not any(key.verifies_until is None for key in (await read_keys(connection, secrets)).keys):
        await _add(connection, secrets, timedelta())


async def rotate(connection: AsyncConnection, secrets: Secrets, token_life: timedelta, at_once: bool) -> str:
    """The new key's id.

    It signs once it has been published for a while; what the old ones signed holds until it expires. `at_once`, for a
    key that has leaked: the new one signs now, and nothing that the old ones signed holds any more.
    """
    await _lock(connection)
    lead = timedelta() if at_once else PUBLISHED_BEFORE_USE
    keep = timedelta() if at_once else lead + token_life + timedelta(minutes=1)
    ending = text(
        "UPDATE signing_key SET verifies_until = now() + :keep "
        "WHERE verifies_until IS NULL OR (:at_once AND verifies_until > now())"
    )
    await connection.execute(ending, {"keep": keep, "at_once": at_once})
    return await _add(connection, secrets, lead)


async def _lock(connection: AsyncConnection) -> None:
    await connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})


async def _add(connection: AsyncConnection, secrets: Secrets, lead: timedelta) -> str:
    key = ECKey.generate_key(CURVE, private=True)
    kid = key.thumbprint()
    await connection.execute(
        text(
            "INSERT INTO signing_key (kid, public, private, signs_from) "
            "VALUES (:kid, CAST(:public AS jsonb), :private, now() + :lead)"
        ),
        {
            "kid": kid,
            "public": encode(key.as_dict(private=False)).decode(),
            "private": _encrypt(secrets, kid, key),
            "lead": lead,
        },
    )
    return kid


def _public(private: ECKey) -> ECKey:
    return ECKey.import_key(private.as_dict(private=False))


def _encrypt(secrets: Secrets, kid: str, key: ECKey) -> str:
    """The header is authenticated too, so that keys cannot change places."""
    header = {"alg": "dir", "enc": "A256GCM", "kid": kid}
    return jwe.encrypt_compact(header, encode(key.as_dict(private=True)), OctKey.import_key(secrets.derive(_PURPOSE)))


def _decrypt(secrets: Secrets, kid: str, text_: str) -> ECKey | None:
    try:
        opened = jwe.decrypt_compact(text_, OctKey.import_key(secrets.derive(_PURPOSE)))
    except JoseError:
        return None
    if opened.plaintext is None or opened.headers().get("kid") != kid:
        return None
    return ECKey.import_key(decode(opened.plaintext))
