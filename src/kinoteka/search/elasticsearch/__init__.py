"""The search engine of a cluster: Elasticsearch. Nothing of it is known outside this package."""

from kinoteka.search.elasticsearch.engine import ElasticsearchEngine
from kinoteka.search.elasticsearch.snapshots import ElasticsearchSnapshots

__all__ = ["ElasticsearchEngine", "ElasticsearchSnapshots"]
