"""What is wrong with a film whose body was refused already, so that people learn of everything at once."""

from collections.abc import Mapping
from functools import partial
from typing import Any

from msgspec import DecodeError
from msgspec.json import decode
from sqlalchemy.ext.asyncio import AsyncConnection

from kinoteka.catalogue.editing.claims import find_holder
from kinoteka.catalogue.editing.editor import Editor, look
from kinoteka.catalogue.editing.references import references_in, resolve
from kinoteka.catalogue.text import is_storable, same_text_key
from kinoteka.errors import Fault


async def film_faults(editor: Editor, body: bytes) -> list[Fault]:
    """Genres and persons that do not exist, in as much of the body as can be read."""
    film = _read(body)
    return await look(editor, partial(_reference_faults, film=film)) if film else []


async def new_film_faults(editor: Editor, body: bytes) -> list[Fault]:
    """Also a title that is taken."""
    film = _read(body)
    return await look(editor, partial(_all_faults, film=film)) if film else []


def _read(body: bytes) -> Mapping[str, Any]:
    try:
        film = decode(body)
    except DecodeError:
        return {}
    return film if isinstance(film, dict) else {}


async def _reference_faults(connection: AsyncConnection, film: Mapping[str, Any]) -> list[Fault]:
    return (await resolve(connection, references_in(film))).faults


async def _all_faults(connection: AsyncConnection, film: Mapping[str, Any]) -> list[Fault]:
    faults, title = await _reference_faults(connection, film), film.get("title")
    if not isinstance(title, str) or not is_storable(title):
        return faults
    holder = await find_holder(connection, same_text_key(title))
    return [*faults, *([holder] if holder else [])]
