"""`kinoteka db check-ratings`."""

import sys
from typing import Annotated

import typer
from rich.table import Table

from kinoteka.cli.connection import connect
from kinoteka.cli.terminal import load_settings, output, progress_bar, run, say
from kinoteka.ratings.check import Difference, Progress, Totals, check_ratings
from kinoteka.settings import Settings

_MOST_SHOWN = 50


def check(
    repair: Annotated[bool, typer.Option("--repair", help="Make wrong totals anew from the scores.")] = False,
) -> None:
    """Compare each film's rating totals with the scores themselves; status 1 when some are wrong and stay so."""
    with progress_bar() as bar:
        task = bar.add_task("Ratings", total=None)
        found = run(_check(load_settings(), repair, lambda done, total: bar.update(task, completed=done, total=total)))
    if not found:
        say("Every film's totals are the sum of its scores.")
        return
    output.print(_table(found))
    if len(found) > _MOST_SHOWN:
        say(f"… and {len(found) - _MOST_SHOWN} more.")
    if repair:
        say(f"The totals of {len(found)} films were made anew.")
    else:
        say(f"The totals of {len(found)} films are wrong; --repair makes them anew.")
        sys.exit(1)


async def _check(settings: Settings, repair: bool, progress: Progress) -> list[Difference]:
    async with connect(settings) as database:
        return await check_ratings(database, repair=repair, progress=progress)


def _table(found: list[Difference]) -> Table:
    table = Table("film", "title", "scores counted", "given", "mean counted", "given")
    for one in found[:_MOST_SHOWN]:
        votes = (str(one.counted.votes), str(one.given.votes))
        table.add_row(str(one.film_id), one.title or "(gone)", *votes, _mean(one.counted), _mean(one.given))
    return table


def _mean(totals: Totals) -> str:
    return f"{totals.points / totals.votes / 2:.4f}" if totals.votes > 0 else "–"
