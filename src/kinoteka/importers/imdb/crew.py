"""title.crew and title.principals: directors, writers and actors of the titles that are taken.

The crew lists directors and writers in order and in full; what only the principals have comes after them.
"""

from msgspec import DecodeError, json

from kinoteka.catalogue.limits import LONGEST_CHARACTER, MOST_LISTED
from kinoteka.importers.imdb.selection import NumberSet, number_of
from kinoteka.importers.imdb.titles import Selection, is_taken
from kinoteka.importers.imdb.tsv import NOTHING, Table, whole_number
from kinoteka.importers.rows import prose_fault
from kinoteka.importers.staging import Stage, copy_line, copy_text

CREW_COLUMNS = ("tconst", "directors", "writers")
PRINCIPALS_COLUMNS = ("tconst", "ordering", "nconst", "category", "characters")

# «self» is how IMDb credits the people of a documentary. Archive footage, producers and composers are no credits here.
ROLES = {"director": "director", "writer": "writer", "actor": "actor", "actress": "actor", "self": "actor"}
_AFTER_CREW = 1_000_000


async def stage_crew(table: Table, stage: Stage, selection: Selection, persons: NumberSet) -> None:
    staged = stage.rows["stage_credit"]
    seen = NumberSet()
    id_place, *role_places = table.places
    for first, lines in table.blocks():
        for number, line in enumerate(lines, first):
            cells = table.cells(line, number)
            if cells is None or not is_taken(table, cells[id_place], number, selection):
                continue
            tconst = cells[id_place]
            if not seen.add(number_of(tconst, "tt")):
                table.refuse(number, "duplicate", f"{tconst} is in an earlier line")
                continue
            for role, place in zip(("director", "writer"), role_places, strict=True):
                people = cells[place]
                if people != NOTHING:
                    for position, nconst in enumerate(people.split(",")[:MOST_LISTED]):
                        if _is_person(table, nconst, number, persons):
                            staged.append(copy_line(tconst, role, position, nconst, None, table.file, number))
        await stage.flush()


async def stage_principals(table: Table, stage: Stage, selection: Selection, persons: NumberSet) -> None:
    staged = stage.rows["stage_credit"]
    id_place, order_place, person_place, category_place, characters_place = table.places
    for first, lines in table.blocks():
        for number, line in enumerate(lines, first):
            cells = table.cells(line, number)
            if cells is None or not is_taken(table, cells[id_place], number, selection):
                continue
            role = ROLES.get(cells[category_place])
            nconst = cells[person_place]
            if role is None or not _is_person(table, nconst, number, persons):
                continue
            order = whole_number(cells[order_place])
            if order is None:
                table.refuse(number, "ordering", f"ordering {cells[order_place][:40]!r} is not a number")
                continue
            character = _character(table, cells[characters_place], number) if role == "actor" else NOTHING
            staged.append(
                f"{cells[id_place]}\t{role}\t{order + _AFTER_CREW}\t{nconst}\t{character}\t{table.file}\t{number}\n"
            )
        await stage.flush()


def _is_person(table: Table, nconst: str, line: int, persons: NumberSet) -> bool:
    number = number_of(nconst, "nm")
    if number < 0:
        table.refuse(line, "bad_id", f"{nconst[:40]!r} is not a person's id")
        return False
    persons.add(number)
    return True


def _character(table: Table, cell: str, line: int) -> str:
    r"""IMDb's JSON list of characters, joined by « / », in COPY's form; \N for none."""
    if cell == NOTHING:
        return cell
    try:
        names = json.decode(cell, type=list[str])
    except DecodeError:
        table.mend(line, "characters", f"{cell[:80]!r} is not a JSON list; the character was left out")
        return NOTHING
    character = " / ".join(name.strip() for name in names if name.strip())
    if not character:
        return NOTHING
    if fault := prose_fault("character", character, LONGEST_CHARACTER):
        table.mend(line, "characters", f"{fault[1]}; it was left out")
        return NOTHING
    return copy_text(character)
