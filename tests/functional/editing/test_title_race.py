"""One title, wanted by many at the same time: whatever its spelling, exactly one gets it."""

import asyncio
import random
import unicodedata
from typing import Any

import httpx
from editing_steps import Desk, new_film
from people import scalar

TITLE = "Ёлка и Éric: Straße №1 ﬁn"
SPACES = " \u00a0\u2002\u2009\u3000"


def spellings(title: str, number: int) -> list[str]:
    draw, found = random.Random(3), {title}
    while len(found) < number:
        form = draw.choice(["NFC", "NFD", "NFKC", "NFKD"])
        text = "".join(draw.choice([str.upper, str.lower, str, wide])(c) for c in title)
        text = unicodedata.normalize(form, text)
        found.add(draw.choice(["", "  "]) + text.replace(" ", draw.choice(SPACES) * draw.randint(1, 2)))
    return sorted(found)


def wide(character: str) -> str:
    """Its full-width form, where there is one."""
    code = ord(character)
    return chr(code + 0xFEE0) if 0x21 <= code <= 0x7E else character


async def test_of_200_spellings_at_once_one_is_made(desk: Desk) -> None:
    wanted = spellings(TITLE, 200)
    assert len(set(wanted)) == 200
    answers = await asyncio.gather(*(desk.post("/films", new_film(title), None) for title in wanted))
    made = [answer for answer in answers if answer.status_code == 201]
    refused = [answer for answer in answers if answer.status_code == 409]
    assert (len(made), len(refused)) == (1, 199)
    link = f"/api/v1/films/{made[0].json()['id']}"
    assert {answer.json()["errors"][0]["link"] for answer in refused} == {link}
    assert await scalar(desk.own.services, "SELECT count(*) FROM film WHERE year = 1975") == 1
    assert await scalar(desk.own.services, "SELECT sum(films) FROM title_claim") == 7


async def test_renames_restores_and_creates_race_for_one_title(desk: Desk) -> None:
    """Also crosswise: nobody waits for somebody who waits for them."""
    films = [await desk.make(f"Film {number}") for number in range(10)]
    gone = [await desk.make(TITLE + str(number)) for number in range(5)]
    for film in gone:
        await desk.delete(f"/films/{film['id']}")

    async def rename(film: dict[str, Any], title: str) -> httpx.Response:
        return await desk.send("PATCH", f"/films/{film['id']}", json={"title": title}, headers={"If-Match": "*"})

    for target in range(5):
        title = f"{TITLE}{target}"
        others = [rename(film, title) for film in films] + [rename(film, f"Film {n}") for n, film in enumerate(films)]
        restored = desk.send("POST", f"/films/{gone[target]['id']}/restore")
        made = [desk.post("/films", new_film(title.upper()), None) for _ in range(5)]
        answers = await asyncio.gather(restored, *made, *others)
        assert {answer.status_code for answer in answers} <= {200, 201, 409}
    doubles = """
        SELECT count(*) FROM (SELECT FROM film WHERE deleted_at IS NULL AND year = 1975
                              GROUP BY title_key HAVING count(*) > 1) AS doubled
    """
    assert await scalar(desk.own.services, doubles) == 0
    wrong = """
        SELECT count(*) FROM title_claim AS t FULL JOIN
            (SELECT title_key, count(*) AS films FROM film WHERE deleted_at IS NULL GROUP BY 1) AS f USING (title_key)
        WHERE coalesce(t.films, 0) <> coalesce(f.films, 0)
    """
    assert await scalar(desk.own.services, wrong) == 0
