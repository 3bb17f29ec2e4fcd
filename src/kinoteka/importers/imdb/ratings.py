"""title.ratings: read once to know which titles have votes enough, and once more for the ratings of those taken."""

from decimal import Decimal, InvalidOperation

from kinoteka.importers.imdb.selection import NumberSet, number_of
from kinoteka.importers.imdb.titles import Selection, is_taken
from kinoteka.importers.imdb.tsv import Table, whole_number
from kinoteka.importers.staging import Stage, copy_line

COLUMNS = ("tconst", "averageRating", "numVotes")


def find_voted(table: Table, minimum: int) -> NumberSet:
    """The titles with at least so many votes. What is wrong with the file is reported by `stage_ratings`."""
    voted = NumberSet()
    id_place, _, votes_place = table.places
    for _, lines in table.blocks():
        for line in lines:
            cells = line.rstrip("\r").split("\t")
            if len(cells) == table.width and (whole_number(cells[votes_place]) or 0) >= minimum:
                number = number_of(cells[id_place], "tt")
                if number >= 0:
                    voted.add(number)
    return voted


async def stage_ratings(table: Table, stage: Stage, selection: Selection) -> None:
    ratings = stage.rows["stage_rating"]
    seen = NumberSet()
    id_place, rating_place, votes_place = table.places
    for first, lines in table.blocks():
        for number, line in enumerate(lines, first):
            cells = table.cells(line, number)
            if cells is None or not is_taken(table, cells[id_place], number, selection):
                continue
            rating, votes = _rating(cells[rating_place]), whole_number(cells[votes_place])
            if rating is None or not votes:
                table.refuse(number, "rating", f"{cells[rating_place][:40]!r} of {cells[votes_place][:40]!r} votes")
            elif seen.add(number_of(cells[id_place], "tt")):
                ratings.append(copy_line(cells[id_place], rating, votes))
            else:
                table.refuse(number, "duplicate", f"{cells[id_place]} is in an earlier line")
        await stage.flush()


def _rating(cell: str) -> Decimal | None:
    try:
        rating = Decimal(cell)
    except InvalidOperation:
        return None
    return rating if rating.is_finite() and 1 <= rating <= 10 else None
