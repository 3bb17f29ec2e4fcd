"""`kinoteka export`."""

from pathlib import Path
from typing import Annotated

import typer

from kinoteka.catalogue.exports import stream_csv, stream_jsonl
from kinoteka.cli.connection import connect
from kinoteka.cli.terminal import load_settings, messages, run
from kinoteka.ops.files import Source, write_stream
from kinoteka.settings import Settings

app = typer.Typer(no_args_is_help=True, help="Take all films out, in a form that `import` reads again without loss.")

File = Annotated[Path, typer.Argument(help="File to write, gzipped if it ends in .gz; - is standard output.")]


@app.command()
def csv(file: File) -> None:
    """Export all films as CSV."""
    _run_export(file, stream_csv)


@app.command()
def jsonl(file: File) -> None:
    """Export all films as JSON Lines, as the API answers them."""
    _run_export(file, stream_jsonl)


def _run_export(file: Path, source: Source) -> None:
    size = run(_export(load_settings(), file, source))
    messages.print(f"{size:,} bytes written to {'standard output' if str(file) == '-' else file}.")


async def _export(settings: Settings, file: Path, source: Source) -> int:
    async with connect(settings) as database:
        return await write_stream(source(database), file)
