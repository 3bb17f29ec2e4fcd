"""title.akas: alternative titles, with IMDb's language and region made one language tag."""

from kinoteka.catalogue.limits import LONGEST_TITLE
from kinoteka.importers.imdb.titles import Selection, is_taken
from kinoteka.importers.imdb.tsv import NOTHING, Table, whole_number
from kinoteka.importers.rows import language_of, text_fault
from kinoteka.importers.staging import Stage, copy_line

COLUMNS = ("titleId", "ordering", "title", "region", "language", "isOriginalTitle")

# IMDb leaves the language out where a country has one. Countries with several, and its own regions (XWW), stay unknown.
_LANGUAGES = (
    "AR=es-AR AT=de-AT AU=en-AU BG=bg BR=pt-BR BY=be CL=es-CL CN=zh-CN CO=es-CO CZ=cs DE=de DK=da EE=et ES=es FI=fi "
    "FR=fr GB=en-GB GE=ka GR=el HR=hr HU=hu IE=en-IE IL=he IS=is IT=it JP=ja KR=ko LT=lt LV=lv MX=es-MX NL=nl NO=no "
    "NZ=en-NZ PE=es-PE PL=pl PT=pt RO=ro RS=sr RU=ru SE=sv SI=sl SK=sk SUHH=ru TH=th TR=tr TW=zh-TW UA=uk US=en-US "
    "UY=es-UY VE=es-VE VN=vi"
)
_OF_REGION = dict(pair.split("=") for pair in _LANGUAGES.split())


async def stage_akas(table: Table, stage: Stage, selection: Selection) -> None:
    titles = stage.rows["stage_title"]
    id_place, order_place, title_place, region_place, language_place, original_place = table.places
    for first, lines in table.blocks():
        for number, line in enumerate(lines, first):
            cells = table.cells(line, number)
            if cells is None or cells[original_place] == "1":
                continue
            if not is_taken(table, cells[id_place], number, selection):
                continue
            title = cells[title_place].strip()
            order = whole_number(cells[order_place])
            if fault := text_fault("alternative title", title, LONGEST_TITLE):
                table.refuse(number, "alternative_title", fault[1])
            elif order is None:
                table.refuse(number, "ordering", f"ordering {cells[order_place][:40]!r} is not a number")
            elif title != NOTHING:
                language = language_tag(cells[language_place], cells[region_place])
                titles.append(copy_line(cells[id_place], order, title, language, table.file, number))
        await stage.flush()


def language_tag(language: str, region: str) -> str | None:
    if language == NOTHING:
        return _OF_REGION.get(region)
    with_region = f"{language}-{region}" if len(region) == 2 and region.isalpha() else language
    usual = _OF_REGION.get(region, "")
    return language_of(language if language == usual else with_region)
