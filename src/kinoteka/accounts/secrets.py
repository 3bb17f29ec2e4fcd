"""The server's secret: what private keys are encrypted with and refresh tokens are made of."""

import hashlib
import hmac
import os
import secrets
import tempfile
from base64 import urlsafe_b64decode, urlsafe_b64encode
from contextlib import suppress
from functools import cached_property
from pathlib import Path

from kinoteka.errors import UsageError
from kinoteka.settings import Settings

_FILE = "secret-key"
SHORTEST = 32
"""Characters."""


class Secrets:
    """Read when first needed, so that commands which need none ask for none."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    @cached_property
    def key(self) -> bytes:
        """Raises UsageError where a database server is used and no key is set."""
        if self._settings.secret_key is not None:
            return self._settings.secret_key.get_secret_value().encode()
        if self._settings.database_url is not None:
            raise UsageError(
                "Set KINOTEKA_SECRET_KEY to a random text of 32 characters or more, the same for every process: "
                "the database's private keys are encrypted with it. One way to make one: openssl rand -base64 48"
            )
        return _read_or_make(self._settings.data / _FILE)

    def derive(self, purpose: str) -> bytes:
        """32 bytes that say nothing about those of another purpose."""
        return hmac.digest(self.key, b"kinoteka:" + purpose.encode(), hashlib.sha256)

    def digest(self, purpose: str, *parts: bytes) -> bytes:
        """HMAC-SHA256 of the parts, each with its length before it, so that no two lists are alike."""
        message = b"".join(len(part).to_bytes(4) + part for part in parts)
        return hmac.digest(self.derive(purpose), message, hashlib.sha256)


def encode_token(raw: bytes) -> str:
    return urlsafe_b64encode(raw).decode().rstrip("=")


def decode_token(text: str) -> bytes | None:
    """None for what is no base64url."""
    try:
        return urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except ValueError:
        return None


def _read_or_make(path: Path) -> bytes:
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        _make(path)
    return _read(path)


def _make(path: Path) -> None:
    """The file appears whole or not at all; of several processes that make it, one wins."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{_FILE}-")  # mode 0600
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(secrets.token_urlsafe(48).encode())
            file.flush()
            os.fsync(file.fileno())
        with suppress(FileExistsError):
            os.link(name, path)
    finally:
        Path(name).unlink()


def _read(path: Path) -> bytes:
    key = path.read_bytes().strip()
    if len(key) < SHORTEST:
        raise UsageError(f"{path} holds no key: put it back from a backup, or delete it to sign everybody out.")
    return key
