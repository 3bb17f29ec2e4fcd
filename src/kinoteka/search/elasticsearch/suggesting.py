"""Suggestions while typing."""

from kinoteka.search.clauses import Clause
from kinoteka.search.elasticsearch.answers import Hit, body_of
from kinoteka.search.elasticsearch.clauses import translate
from kinoteka.search.elasticsearch.ranking import ranked
from kinoteka.search.elasticsearch.reading import BODY, Cluster, ask
from kinoteka.search.engine import Suggestion
from kinoteka.search.highlighting import suggestion
from kinoteka.search.query import Suggest
from kinoteka.search.stages import ENOUGH, make_suggest_plan


async def suggest(cluster: Cluster, asked: Suggest) -> list[Suggestion]:
    found: dict[Clause, tuple[Hit, ...]] = {}
    shown = {"size": max(ENOUGH, asked.size), "stored_fields": BODY, "track_total_hits": False}

    async def scores(clause: Clause) -> list[float]:
        query = ranked(translate(clause, cluster.names)) | shown
        found[clause] = (await ask(cluster, cluster.names.everything, query)).hits.hits
        return [hit.score or 0.0 for hit in found[clause]]

    plan = await make_suggest_plan(asked.text, scores)
    best = [body_of(hit, cluster.names) for hit in found.get(plan.clause, ())[: asked.size]]
    return [suggestion(one, plan.rewritten_to or asked.text, plan.is_bent) for one in best]
