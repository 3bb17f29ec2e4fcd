"""name.basics: the persons that the credits refer to."""

from kinoteka.catalogue.limits import LONGEST_NAME
from kinoteka.importers.imdb.selection import NumberSet, number_of
from kinoteka.importers.imdb.tsv import NOTHING, Table
from kinoteka.importers.rows import text_fault
from kinoteka.importers.staging import Stage, copy_line

COLUMNS = ("nconst", "primaryName", "birthYear", "deathYear")


async def stage_names(table: Table, stage: Stage, persons: NumberSet) -> None:
    staged = stage.rows["stage_person"]
    seen = NumberSet()
    id_place, name_place, birth_place, death_place = table.places
    for first, lines in table.blocks():
        for number, line in enumerate(lines, first):
            cells = table.cells(line, number)
            if cells is None:
                continue
            nconst, name = cells[id_place], cells[name_place].strip()
            person = number_of(nconst, "nm")
            if person < 0:
                table.refuse(number, "bad_id", f"{nconst[:40]!r} is not a person's id")
            elif (
                person in persons and _is_sound(table, nconst, name, number) and _is_first(table, nconst, number, seen)
            ):
                born, died = (_year(table, cells[place], number) for place in (birth_place, death_place))
                if born and died and died < born:
                    table.mend(number, "years", f"{nconst} died in {died}, before being born in {born}: left out")
                    died = None
                staged.append(copy_line(nconst, table.file, number, None, nconst, name, born, died))
        await stage.flush()


def _is_sound(table: Table, nconst: str, name: str, line: int) -> bool:
    if name == NOTHING:
        table.refuse(line, "name_missing", f"{nconst} has no name")
        return False
    if fault := text_fault("name", name, LONGEST_NAME):
        table.refuse(line, *fault)
        return False
    return True


def _is_first(table: Table, nconst: str, line: int, seen: NumberSet) -> bool:
    if seen.add(number_of(nconst, "nm")):
        return True
    table.refuse(line, "duplicate", f"{nconst} is in an earlier line")
    return False


def _year(table: Table, cell: str, line: int) -> str | None:
    """Four digits: IMDb writes the year 4 as «4»."""
    if cell == NOTHING:
        return None
    if cell.isdigit() and cell.isascii() and len(cell) <= 4:
        return cell.zfill(4)
    table.mend(line, "years", f"{cell[:40]!r} is not a year: left out")
    return None
