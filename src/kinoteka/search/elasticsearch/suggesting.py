"""Suggestions while typing."""

from kinoteka.search.elasticsearch.answers import body_of
from kinoteka.search.elasticsearch.attempts import Attempts
from kinoteka.search.elasticsearch.clauses import translate
from kinoteka.search.elasticsearch.ranking import ranked
from kinoteka.search.elasticsearch.reading import BODY, Cluster
from kinoteka.search.engine import Suggestion
from kinoteka.search.highlighting import suggestion
from kinoteka.search.query import Suggest
from kinoteka.search.stages import ENOUGH, make_suggest_plan


async def suggest(cluster: Cluster, asked: Suggest) -> list[Suggestion]:
    shown = {"size": max(ENOUGH, asked.size), "stored_fields": BODY, "track_total_hits": False}
    attempts = Attempts(cluster, lambda clause: ranked(translate(clause, cluster.names)) | shown)
    plan = await make_suggest_plan(asked.text, attempts)
    hits = (await attempts.answer(plan.clause)).hits.hits
    best = [body_of(hit, cluster.names) for hit in hits[: asked.size]]
    return [suggestion(one, plan.rewritten_to or asked.text, plan.is_bent) for one in best]
