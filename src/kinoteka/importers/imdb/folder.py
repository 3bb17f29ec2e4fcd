"""A folder of IMDb's public files, read in the order in which each file's rows can be chosen by what came before."""

from pathlib import Path

from kinoteka.errors import UsageError
from kinoteka.importers.imdb import akas, crew, descriptions, names, ratings, titles
from kinoteka.importers.imdb.selection import NumberSet
from kinoteka.importers.imdb.tsv import Table, find_table
from kinoteka.importers.options import ImdbOptions, Progress
from kinoteka.importers.report import Findings
from kinoteka.importers.staging import Stage


async def load(stage: Stage, findings: Findings, folder: Path, options: ImdbOptions, progress: Progress) -> None:
    """Only title.basics must be there. Without name.basics there are no persons, so the credits are not read."""

    def find(name: str, columns: tuple[str, ...]) -> Table | None:
        path = find_table(folder, name)
        return Table(path, columns, findings, progress) if path else None

    basics = find("title.basics", titles.COLUMNS)
    if basics is None:
        raise UsageError(f"{folder} has no title.basics.tsv or title.basics.tsv.gz.")
    selection = titles.Selection()
    if options.minimum_votes > 0:
        voted = find("title.ratings", ratings.COLUMNS)
        if voted is None:
            raise UsageError(f"A minimum of votes needs title.ratings.tsv or title.ratings.tsv.gz in {folder}.")
        selection.voted = ratings.find_voted(voted, options.minimum_votes)
    await titles.stage_titles(basics, stage, selection, options)
    if table := find("title.ratings", ratings.COLUMNS):
        await ratings.stage_ratings(table, stage, selection)
    if table := find("name.basics", names.COLUMNS):
        crews = find("title.crew", crew.CREW_COLUMNS)
        principals = find("title.principals", crew.PRINCIPALS_COLUMNS)
        await _load_people(table, crews, principals, stage, selection)
    if table := find("title.akas", akas.COLUMNS):
        await akas.stage_akas(table, stage, selection)
    if options.descriptions:
        await descriptions.stage_descriptions(options.descriptions, stage, findings, selection, progress)


async def _load_people(
    people: Table, crews: Table | None, principals: Table | None, stage: Stage, selection: titles.Selection
) -> None:
    persons = NumberSet()
    if crews:
        await crew.stage_crew(crews, stage, selection, persons)
    if principals:
        await crew.stage_principals(principals, stage, selection, persons)
    await names.stage_names(people, stage, persons)
