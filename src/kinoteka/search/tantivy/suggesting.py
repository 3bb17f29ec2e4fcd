"""Suggestions while typing."""

from collections.abc import Sequence

from tantivy import Searcher

from kinoteka.search.clauses import Clause
from kinoteka.search.engine import Suggestion
from kinoteka.search.highlighting import suggestion
from kinoteka.search.query import Suggest
from kinoteka.search.stages import make_suggest_plan
from kinoteka.search.tantivy.clauses import translate
from kinoteka.search.tantivy.reading import Ranked, rank, read


async def suggest(searcher: Searcher, asked: Suggest) -> list[Suggestion]:
    attempts = _Attempts(searcher, asked)
    plan = await make_suggest_plan(asked.text, attempts)
    hits = attempts.ranked[plan.clause].hits if plan.clause in attempts.ranked else []
    found = [read(searcher, address, "body") for _, address in hits[: asked.size]]
    return [suggestion(one, plan.rewritten_to or asked.text, plan.is_bent) for one in found]


class _Attempts:
    def __init__(self, searcher: Searcher, asked: Suggest) -> None:
        self._searcher, self._asked = searcher, asked
        self.ranked: dict[Clause, Ranked] = {}

    async def scores(self, clause: Clause) -> list[float]:
        self.ranked[clause] = rank(self._searcher, translate(clause), self._asked.size)
        return [score for score, _ in self.ranked[clause].hits]

    async def foresee(self, clauses: Sequence[Clause]) -> None:
        """Asking costs nothing beyond what is asked."""
