"""A person's films as the index keeps them: their ids, and the person's roles in them.

Titles and years are read with the films themselves. Kept with the persons, each film that gets another title would be
ten documents to be written, and each of these as long as somebody's whole work.
"""

from collections.abc import Sequence
from uuid import UUID

from msgspec import Struct
from msgspec.json import Decoder, Encoder
from msgspec.structs import asdict

from kinoteka.catalogue.schemas import Person, PersonItem, Role, Work


class UntitledWork(Struct, frozen=True):
    """`id`: the film's."""

    id: UUID
    roles: list[Role]
    character: str | None


class IndexedPerson(PersonItem, frozen=True, kw_only=True):
    films: list[UntitledWork]


class _Film(Struct, frozen=True):
    """Of a film's item."""

    id: UUID
    title: str
    year: int


decode_person = Decoder(IndexedPerson).decode
_decode_film = Decoder(_Film).decode
_encode = Encoder().encode


def with_titles(person: IndexedPerson, items: Sequence[bytes]) -> bytes | None:
    """The person's answer, to the byte as SQL builds it; None when the item of one of the films is not there."""
    films = {film.id: film for film in map(_decode_film, items)}
    if not all(work.id in films for work in person.films):
        return None
    works = [_titled(work, films[work.id]) for work in person.films]
    works.sort(key=lambda work: (-work.year, work.title, work.id))
    return _encode(Person(**asdict(person) | {"films": works}))


def _titled(work: UntitledWork, film: _Film) -> Work:
    return Work(work.id, film.title, film.year, work.roles, work.character)
