"""Clauses asked one after the other, or several at once, until one finds what is meant."""

from collections.abc import Callable, Sequence

from kinoteka.search.clauses import Clause, Nothing
from kinoteka.search.elasticsearch.answers import Searched
from kinoteka.search.elasticsearch.clauses import Query
from kinoteka.search.elasticsearch.reading import Cluster, ask, ask_many


class Attempts:
    """Each clause is asked once: what decided about a stage is the first page, too. `query`: the whole of a request."""

    def __init__(self, cluster: Cluster, query: Callable[[Clause], Query]) -> None:
        self._cluster, self._query = cluster, query
        self._answers: dict[Clause, Searched] = {Nothing(): Searched()}

    async def answer(self, clause: Clause) -> Searched:
        if clause not in self._answers:
            self._answers[clause] = await ask(self._cluster, self._cluster.names.everything, self._query(clause))
        return self._answers[clause]

    async def scores(self, clause: Clause) -> list[float]:
        return [hit.rank for hit in (await self.answer(clause)).hits.hits]

    async def foresee(self, clauses: Sequence[Clause]) -> None:
        new = [clause for clause in dict.fromkeys(clauses) if clause not in self._answers]
        queries = [self._query(clause) for clause in new]
        answers = await ask_many(self._cluster, self._cluster.names.everything, queries)
        self._answers.update(zip(new, answers, strict=True))
