"""`kinoteka doctor`."""

import sys

from rich.markup import escape
from rich.table import Table

from kinoteka.cli.terminal import load_settings, output, run
from kinoteka.ops import doctor as ops_doctor
from kinoteka.ops.doctor import Finding


def doctor() -> None:
    """Check this machine and this installation, and say what to do."""
    findings = run(ops_doctor.examine(load_settings()))
    output.print(_make_table(findings))
    sys.exit(1 if any(not finding.good for finding in findings) else 0)


def _make_table(findings: list[Finding]) -> Table:
    table = Table("", "check", "found", "what to do")
    for finding in findings:
        mark = "[green]✓[/green]" if finding.good else "[red]✗[/red]"
        table.add_row(mark, finding.name, escape(finding.found), escape(finding.advice))
    return table
