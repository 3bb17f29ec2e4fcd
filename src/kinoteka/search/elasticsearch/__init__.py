"""The search engine of a cluster: Elasticsearch. Nothing of it is known outside this package."""

from kinoteka.search.elasticsearch.engine import ElasticsearchEngine

__all__ = ["ElasticsearchEngine"]
