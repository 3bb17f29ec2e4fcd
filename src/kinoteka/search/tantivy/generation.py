"""One generation of the index, open: its writer, its newest searcher."""

import threading
from collections.abc import Sequence
from pathlib import Path
from uuid import UUID

import tantivy

from kinoteka.catalogue.documents import Kind
from kinoteka.search.documents import Document
from kinoteka.search.tantivy.schema import register_words, schema, to_tantivy

_HEAP = 40 * 2**20
"""Bytes that the writer fills before it writes a segment by itself."""


class Generation:
    """Everything here blocks; writing for so long that it belongs into a thread."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._index = tantivy.Index(schema(), path=str(folder), reuse=True)
        self._index.config_reader("manual", 0)
        register_words(self._index)
        self._writer: tantivy.IndexWriter | None = None
        self._turn = threading.Lock()
        self.searcher = self._newest_searcher()

    def write(self, documents: Sequence[Document], deleted: Sequence[tuple[Kind, UUID]], replaces: bool = True) -> None:
        """Neither durable nor visible before `commit`.

        The writer keeps a kilobyte for each deletion until then, so documents that replace none are told apart.
        """
        with self._turn:
            writer = self._writer = self._writer or self._index.writer(_HEAP, 1)
            for kind, id in deleted:  # noqa: A001 - the field's own term
                writer.delete_documents_by_term("key", f"{kind}:{id}")
            for document in documents:
                if replaces:
                    writer.delete_documents_by_term("key", f"{document.kind}:{document.id}")
                writer.add_document(to_tantivy(document))

    def write_and_commit(self, documents: Sequence[Document], deleted: Sequence[tuple[Kind, UUID]]) -> None:
        """All of it or, when it raises, nothing."""
        try:
            self.write(documents, deleted)
            self.commit()
        except BaseException:
            self.discard()
            raise

    def commit(self) -> None:
        with self._turn:
            if self._writer is not None:
                self._writer.commit()
            self.searcher = self._newest_searcher()

    def discard(self) -> None:
        """Takes back what was written since the last commit."""
        with self._turn:
            if self._writer is not None:
                self._writer.rollback()

    def close(self) -> None:
        """Waits for merges under way and gives back the writer's lock; searchers taken before stay good."""
        with self._turn:
            if self._writer is not None:
                self._writer.rollback()
                self._writer.wait_merging_threads()
            self._writer = None

    def _newest_searcher(self) -> tantivy.Searcher:
        self._index.reload()
        return self._index.searcher()
