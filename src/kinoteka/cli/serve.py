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
    door: Annotated[int | None, typer.Option(hidden=True)] = None,
    supervised: Annotated[int | None, typer.Option(hidden=True)] = None,
) -> None:
    """Run the API, the search index and, unless KINOTEKA_DATABASE_URL is set, PostgreSQL, all in one process.

    With KINOTEKA_PROCESSES several processes answer, and one keeps the search index. SIGHUP replaces them one after
    another without losing a request.
    """
    settings = load_settings(demo=demo, host=host, port=port)
    logging.configure(settings)
    if door is not None and supervised is not None:  # a process that the supervisor started, with these descriptors
        sys.exit(run(serving.answer(settings, door, supervised)))
    sys.exit(run(serving.supervise(settings) if settings.processes > 1 else serving.serve(settings)))
