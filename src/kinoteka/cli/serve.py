"""`kinoteka serve`."""

import sys
from typing import Annotated

import typer

from kinoteka.cli import serving
from kinoteka.cli.terminal import load_settings, run
from kinoteka.web import logging


def serve(
    demo: Annotated[
        bool | None, typer.Option("--demo", help="Load the demo catalogue if the database is empty.")
    ] = None,
    host: Annotated[str | None, typer.Option(help="Address to listen on; 0.0.0.0 for all.")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on; 0 lets the system choose.")] = None,
) -> None:
    """Run the API, the search index and, unless KINOTEKA_DATABASE_URL is set, PostgreSQL, all in one process."""
    settings = load_settings(demo=demo, host=host, port=port)
    logging.configure(settings)
    sys.exit(run(serving.serve(settings)))
