"""How photos are called: 32 hexadecimal digits of what is in them, and 8 of the upload.

So an address never shows anything else than it did, and two uploads of one image do not share objects: removing what
one person had cannot take away another's.
"""

import secrets
from hashlib import blake2b
from typing import Final
from uuid import UUID

from kinoteka.catalogue.photos.verdict import BOXES, Renditions, Size

ROOT: Final = "photos"
_DIGEST, _UPLOAD = 16, 4
"""Bytes."""


def new_name(content: str) -> str:
    return content + secrets.token_hex(_UPLOAD)


def content_of(renditions: Renditions) -> str:
    digest = blake2b(digest_size=_DIGEST)
    for size in BOXES:
        digest.update(renditions.sizes[size])
    return digest.hexdigest()


def object_key(name: str, size: Size) -> str:
    return f"{ROOT}/{name}/{size}.webp"


def object_keys(name: str) -> list[str]:
    return [object_key(name, size) for size in BOXES]


def photo_address(person_id: UUID, size: Size, name: str) -> str:
    """`documents.py` makes the same in SQL."""
    return f"/api/v1/persons/{person_id}/photo?size={size}&v={name}"
