"""What a deleted person leaves behind in lists and exports."""

from applications import Own
from people import new_person
from small_catalogue import Film, fill, id_of, index, refresh
from sqlalchemy import text

CROWD = Film(
    "The Crowd",
    1928,
    genres=["Silent"],
    directors=["King Example"],
    actors=[(f"Face {number}", f"Part {number}") for number in range(8)],
)


async def test_the_first_five_are_counted_without_deleted_people(own: Own) -> None:
    await fill(own.services.database, [CROWD])
    await index(own.services)
    async with own.services.database.transaction() as connection:
        await connection.execute(
            text("UPDATE person SET deleted_at = now() WHERE id = :id"), {"id": id_of("person", "Face 1")}
        )
    await refresh(own.services, "film", CROWD.id)
    (item,) = (await own.api.get("/films?title_prefix=the crowd")).json()["items"]
    assert [actor["name"] for actor in item["actors"]] == ["Face 0", "Face 2", "Face 3", "Face 4", "Face 5"]
    left = [f"Face {number}" for number in range(8) if number != 1]
    assert [actor["name"] for actor in (await own.api.get(f"/films/{CROWD.id}")).json()["actors"]] == left
    exported = await own.api.client.get(
        "/api/v1/films/export?format=csv", headers=(await new_person(own.services)).headers
    )
    assert "|".join(left) in exported.text
