"""A person put together from the index's own document and the films' items is the person as SQL builds it."""

from uuid import UUID

from sqlalchemy import insert, text

from kinoteka.catalogue.documents import build_indexed, build_records
from kinoteka.catalogue.filmography import decode_person, with_titles
from kinoteka.catalogue.models import credit, film, person
from kinoteka.database import Database

TITLES = [
    *("Ы", "И", "і", "ё", "a", "B", "É", "e", "z", "Z", "Straße", "ﬁn", "日本", "𝔘", "🎬", "\uffff", "\ue000"),
    *('"quoted"', "back\\slash", "</script>", "a/b", "&amp;", "'", "a\u2028", "a\u200b", "a\xa0", "a" * 500),
]
CHARACTER = 'Её "роль" \\ / \x01\x1f\x7f\t\n\r\b\f\u2028'


async def fill(database: Database) -> None:
    """Each title twice in the same year, with one to three parts."""
    films = [
        {"id": UUID(int=1 + 7919 * n % 997), "title": title, "title_key": f"{n}", "year": 1990 + n % len(TITLES) % 2}
        for n, title in enumerate([*TITLES, *TITLES])
    ]
    roles = [("director", None), ("actor", CHARACTER), ("writer", None)]
    parts = [
        {"film_id": one["id"], "role": role, "position": 0, "person_id": UUID(int=1), "character": character}
        for n, one in enumerate(films)
        for role, character in roles[: 1 + n % 3]
    ]
    people = [{"id": UUID(int=1), "name": 'A "B"', "photo": "ab" * 20}, {"id": UUID(int=2), "name": "B\u2028"}]
    async with database.transaction() as connection:
        await connection.execute(insert(film), films)
        await connection.execute(insert(person), [{"photo": None, **one} for one in people])
        await connection.execute(insert(credit), parts)


async def test_both_are_equal_to_the_byte(database: Database) -> None:
    await fill(database)
    ids = [UUID(int=1), UUID(int=2)]
    async with database.transaction() as connection:
        films = list(await connection.scalars(text("SELECT id FROM film")))
        items = [record.item for record in await build_records(connection, "film", films)]
        true = {record.id: record for record in await build_records(connection, "person", ids)}
        indexed = {record.id: record for record in await build_indexed(connection, "person", ids)}
    assert set(true) == set(ids)
    for id_ in ids:
        assert with_titles(decode_person(indexed[id_].body), items) == true[id_].body
        assert (indexed[id_].item, indexed[id_].version) == (true[id_].item, true[id_].version)


async def test_a_film_that_is_not_there_is_told(database: Database) -> None:
    await fill(database)
    async with database.transaction() as connection:
        (record,) = await build_indexed(connection, "person", [UUID(int=1)])
    assert with_titles(decode_person(record.body), []) is None
