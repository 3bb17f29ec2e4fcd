"""An import's report, for people."""

from rich.markup import escape
from rich.table import Table

from kinoteka.cli.terminal import output, say
from kinoteka.importers.report import Report, Tally


def show_report(report: Report) -> None:
    kept = " (dry run: nothing was kept)" if report.dry_run else ""
    say(
        f"{report.new:,} films new, {report.changed:,} changed, {report.unchanged:,} as they were, "
        f"{report.refused_rows:,} rows refused; {report.persons_new:,} persons and {report.genres_new:,} genres new; "
        f"{report.seconds:.1f} s{kept}."
    )
    for title, tallies in (("Refused", report.refused), ("Mended", report.mended)):
        if tallies:
            output.print(_make_table(title, tallies))


def _make_table(title: str, tallies: dict[str, Tally]) -> Table:
    table = Table("rows", "reason", "for example", title=title, title_justify="left")
    for reason, tally in sorted(tallies.items(), key=lambda item: -item[1].count):
        example = tally.examples[0]
        table.add_row(f"{tally.count:,}", reason, escape(f"{example.file}:{example.line}: {example.detail}"))
    return table
