"""Suggestions while typing."""

from tantivy import Searcher

from kinoteka.search.engine import Suggestion
from kinoteka.search.highlighting import suggestion
from kinoteka.search.query import Suggest
from kinoteka.search.stages import make_suggest_plan
from kinoteka.search.tantivy.clauses import translate
from kinoteka.search.tantivy.reading import read


def suggest(searcher: Searcher, asked: Suggest) -> list[Suggestion]:
    def probe(clause, size):
        return [score for score, _ in searcher.search(translate(clause), size, count=False).hits]

    plan = make_suggest_plan(asked.text, probe)
    hits = searcher.search(translate(plan.clause), max(1, asked.size), count=False, weight_by_field="boost").hits
    stored = [read(searcher, address, "body") for _, address in hits[: asked.size]]
    return [suggestion(one, plan.rewritten_to or asked.text) for one in stored]
