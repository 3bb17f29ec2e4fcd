"""The search engine in the same process: tantivy. Nothing of it is known outside this package."""

from kinoteka.search.tantivy.copies import TantivyCopies
from kinoteka.search.tantivy.engine import TantivyEngine

__all__ = ["TantivyCopies", "TantivyEngine"]
