"""The command line: parse, bootstrap, call, print."""

from kinoteka.cli.program import main

__all__ = ["main"]
