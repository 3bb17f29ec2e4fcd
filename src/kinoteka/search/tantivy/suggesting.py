"""Suggestions while typing."""

from tantivy import Searcher

from kinoteka.search.clauses import Clause
from kinoteka.search.engine import Suggestion
from kinoteka.search.highlighting import suggestion
from kinoteka.search.query import Suggest
from kinoteka.search.stages import make_suggest_plan
from kinoteka.search.tantivy.clauses import translate
from kinoteka.search.tantivy.reading import Ranked, rank, read


async def suggest(searcher: Searcher, asked: Suggest) -> list[Suggestion]:
    ranked: dict[Clause, Ranked] = {}

    async def scores(clause: Clause) -> list[float]:
        ranked[clause] = rank(searcher, translate(clause), asked.size)
        return [score for score, _ in ranked[clause].hits]

    plan = await make_suggest_plan(asked.text, scores)
    hits = ranked[plan.clause].hits if plan.clause in ranked else []
    found = [read(searcher, address, "body") for _, address in hits[: asked.size]]
    return [suggestion(one, plan.rewritten_to or asked.text, plan.is_bent) for one in found]
