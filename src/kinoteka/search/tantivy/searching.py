"""Ranked search."""

from uuid import UUID

from msgspec.structs import replace
from tantivy import DocAddress, Query, Searcher

from kinoteka.catalogue.documents import KINDS
from kinoteka.search.clauses import AnyOf, Clause, Nothing, Term
from kinoteka.search.engine import Found, FoundItem
from kinoteka.search.filtering import filtered
from kinoteka.search.highlighting import Highlighter, best_title, resembles
from kinoteka.search.query import MAX_SEARCH_TOTAL, Filters, Position, Search
from kinoteka.search.stages import ENOUGH, Plan, make_plan
from kinoteka.search.tantivy.clauses import translate
from kinoteka.search.tantivy.facets import count_facets
from kinoteka.search.tantivy.reading import Ranked, ids_at, rank, read, stored_as


def search(searcher: Searcher, asked: Search) -> Found:
    if asked.after is not None:
        asked = replace(asked, offset=_offset(searcher, asked.after), after=None)
    attempts = _Attempts(searcher, asked)
    plan = make_plan(asked.text, attempts.scores)
    top = attempts.ranked(plan.clause)
    total = top.total
    addresses = _page(searcher, asked, attempts.query(plan.clause), top)
    end = asked.offset + len(addresses)
    return Found(
        items=_items(searcher, addresses, plan.rewritten_to or asked.text),
        total=min(total, MAX_SEARCH_TOTAL),
        total_is_exact=total <= MAX_SEARCH_TOTAL,
        after=Position((end,)) if addresses and end < total else None,
        facets=count_facets(searcher, asked, _counted(searcher, asked, plan, top)) if asked.facets else None,
        did_you_mean=_meant(searcher, asked, plan, top),
    )


def _offset(searcher: Searcher, after: Position) -> int:
    """Raises ValueError for what no page gave: tantivy reserves memory for any number, and the process ends there."""
    (offset,) = after.values
    if not isinstance(offset, int) or not 0 <= offset <= searcher.num_docs:
        raise ValueError(offset)
    return offset


class _Attempts:
    """Each clause is asked once: what decided about a stage is the first page, too."""

    def __init__(self, searcher: Searcher, asked: Search) -> None:
        self._searcher, self._asked = searcher, asked
        self._ranked: dict[Clause, Ranked] = {}

    def query(self, clause: Clause) -> Query:
        return translate(filtered(clause, self._asked.kinds, self._asked.filters))

    def ranked(self, clause: Clause) -> Ranked:
        if clause not in self._ranked:
            self._ranked[clause] = rank(self._searcher, self.query(clause), max(ENOUGH, self._asked.size))
        return self._ranked[clause]

    def scores(self, clause: Clause) -> list[float]:
        return [score for score, _ in self.ranked(clause).hits]


def _counted(searcher: Searcher, asked: Search, plan: Plan, top: Ranked) -> Clause:
    """What facets count. A short result that no filter narrowed is known by its ids: cheaper than finding it again."""
    if asked.filters != Filters() or set(asked.kinds) != set(KINDS) or top.total > len(top.hits):
        return plan.clause
    ids = ids_at(searcher, [address for _, address in top.hits])
    return AnyOf(tuple(Term("id", str(UUID(int=id))) for id in ids)) if ids else Nothing()  # noqa: A001


def _page(searcher: Searcher, asked: Search, query: Query, top: Ranked) -> list[DocAddress]:
    hits = top.hits if not asked.offset else rank(searcher, query, asked.size, asked.offset).hits
    return [address for _, address in hits[: asked.size]]


def _items(searcher: Searcher, addresses: list[DocAddress], text: str) -> list[FoundItem]:
    highlighter = Highlighter(text)
    found = []
    for address in addresses:
        document = searcher.doc(address)
        body = stored_as(document, "body")
        found.append(FoundItem(stored_as(document, "item"), highlighter.highlight(body.kind, body.data)))
    return found


def _meant(searcher: Searcher, asked: Search, plan: Plan, top: Ranked) -> str | None:
    if not plan.is_bent or not top.hits:
        return plan.rewritten_to
    best = read(searcher, top.hits[0][1], "body")
    text = plan.rewritten_to or asked.text
    name = best_title(best.kind, best.data, text)
    return name if resembles(name, text) else plan.rewritten_to
