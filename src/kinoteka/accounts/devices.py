"""Known devices: one that has signed in to an account before keeps an allowance of its own there.

After OWASP's «device cookies». The secret is given at sign-in and sent with the next one. It opens nothing: it only
says that guesses from this device are counted apart from those of strangers, who then cannot lock the owner out.
"""

import hmac
import os
from time import time
from uuid import UUID

from kinoteka.accounts.secrets import Secrets, decode_token, encode_token

_PREFIX = "kd_"
_PURPOSE = "devices"
_LENGTH = 8 + 16 + 32
_LIFE = 400 * 86_400
"""Seconds; each sign-in begins it anew."""


def make_device_token(secrets: Secrets, account_id: UUID, device: bytes | None = None) -> str:
    """`device`: 16 bytes of a device that is known already."""
    named = int(time()).to_bytes(8) + (device or os.urandom(16))
    return _PREFIX + encode_token(named + secrets.digest(_PURPOSE, account_id.bytes, named))


def read_device(secrets: Secrets, account_id: UUID, text: str) -> bytes | None:
    """16 bytes that stand for the device, or None for one that is not known to this account."""
    raw = decode_token(text.removeprefix(_PREFIX)) or b""
    named, code = raw[:24], raw[24:]
    if len(raw) != _LENGTH or not hmac.compare_digest(code, secrets.digest(_PURPOSE, account_id.bytes, named)):
        return None
    return named[8:] if int.from_bytes(named[:8]) + _LIFE > time() else None
