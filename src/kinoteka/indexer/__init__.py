"""Keeps the search index in step with the database. `run` is what a serving process starts."""

from kinoteka.indexer.worker import run

__all__ = ["run"]
