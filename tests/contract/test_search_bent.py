"""Names misspelled, in the other script, written apart or together: the search port finds whom they mean."""

import msgspec
import pytest
from search_catalogue import documents, film, film_id, person

from kinoteka.search.engine import Found, SearchEngine
from kinoteka.search.query import Filters, Listing, Search, Sort, Suggest


def called(found: Found) -> list[str]:
    bodies = [msgspec.json.decode(item.stored.data) for item in found.items]
    return [body.get("title") or body["name"] for body in bodies]


PEOPLE = (
    "Martin Scorsese", "Steven Spielberg", "Alfred Hitchcock", "Sergei Parajanov", "Jack Nicholson",
    "Leonardo DiCaprio",
    "Robert De Niro", "Marilyn Monroe", "Clint Eastwood", "Audrey Hepburn", "Samuel L. Jackson",
)  # fmt: skip


@pytest.fixture
async def people(empty: SearchEngine) -> SearchEngine:
    """With whole titles that are as near to some names' misspellings, or nearer."""
    await empty.write(documents("person", [person(film_id(number), name) for number, name in enumerate(PEOPLE, 100)]))
    titles = ("Sicario", "The Last Word", "Hitchcock", "The Stronger Love", "V for Vendetta", "L.A. Story", "M")
    await empty.write(documents("film", [film(number, title, votes=900_000) for number, title in enumerate(titles)]))
    return empty


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("scorcese", "Martin Scorsese"),
        ("spielbreg", "Steven Spielberg"),
        ("dicapio", "Leonardo DiCaprio"),
        ("eastwod", "Clint Eastwood"),
        ("скорсезе", "Martin Scorsese"),
        ("спилберг", "Steven Spielberg"),
        ("джек николсон", "Jack Nicholson"),
        ("одри хепберн", "Audrey Hepburn"),
        ("хичкок", "Alfred Hitchcock"),
        ("Параджанов", "Sergei Parajanov"),
        ("Сергій Параджанов", "Sergei Parajanov"),
        ("ди каприо", "Leonardo DiCaprio"),
        ("di caprio", "Leonardo DiCaprio"),
        ("deniro", "Robert De Niro"),
        ("monro marilyn", "Marilyn Monroe"),
        ("м", "M"),
    ],
)
async def test_a_name_bent_any_way_comes_first(people: SearchEngine, text: str, first: str) -> None:
    found = await people.search(Search(text=text, size=5))
    assert called(found)[:1] == [first]
    assert text == "м" or "<mark>" in (found.items[0].highlight.title or "")


async def test_a_whole_title_that_sounds_so_hides_no_person(people: SearchEngine) -> None:
    assert set(called(await people.search(Search(text="хичкок", size=5)))) == {"Alfred Hitchcock", "Hitchcock"}


@pytest.mark.parametrize("number", ["5", "50"])
async def test_an_initial_is_no_number(people: SearchEngine, number: str) -> None:
    listing = Listing(kind="person", sort=Sort("name"), filters=Filters(name=number), size=5)
    assert (await people.page(listing)).items == []
    assert called(await people.search(Search(text=number, size=5))) == []
    assert await people.suggest(Suggest(text=number)) == []


async def test_did_you_mean_is_no_longer_than_what_was_asked(empty: SearchEngine) -> None:
    await empty.write(documents("film", [film(1, "Terminator: Dark Fate"), film(2, "Casablanca")]))
    assert (await empty.search(Search(text="терминатор", size=5))).did_you_mean == "Terminator"
    assert (await empty.search(Search(text="сфыфидфтсф", size=5))).did_you_mean == "Casablanca"


async def test_suggestions_prefer_the_same_sound_to_another_letter(empty: SearchEngine) -> None:
    await empty.write(documents("film", [film(1, "Такси", votes=900_000), film(2, "Довгі проводи")]))
    names = [person(film_id(3), "Andrei Tarkovsky"), person(film_id(4), "Oleksandr Dovzhenko")]
    await empty.write(documents("person", names))
    assert [one.text for one in await empty.suggest(Suggest(text="тарк"))][:1] == ["Andrei Tarkovsky"]
    assert "Oleksandr Dovzhenko" in [one.text for one in await empty.suggest(Suggest(text="довж"))]
