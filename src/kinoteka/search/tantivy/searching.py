"""Ranked search."""

from collections.abc import Sequence
from math import isfinite
from uuid import UUID

from tantivy import DocAddress, Query, Searcher

from kinoteka.search.clauses import AnyOf, Clause, Nothing, Term
from kinoteka.search.engine import Found, FoundItem, PositionError
from kinoteka.search.filtering import filtered, is_every_kind
from kinoteka.search.highlighting import Highlighter, correction, recased
from kinoteka.search.ids import find_id
from kinoteka.search.query import MAX_SEARCH_TOTAL, Filters, Position, Search
from kinoteka.search.stages import ENOUGH, Plan, make_plan
from kinoteka.search.tantivy.clauses import translate
from kinoteka.search.tantivy.facets import count_facets
from kinoteka.search.tantivy.reading import Ranked, ids_at, rank, read, stored_as

Hit = tuple[float, DocAddress]

_MOVED = 200
"""So many places a document may have moved down between two pages and still be gone on from."""


async def search(searcher: Searcher, asked: Search) -> Found:
    attempts = _Attempts(searcher, asked)
    plan = await make_plan(asked.text, attempts)
    top = attempts.ranked(plan.clause)
    total = top.total
    start, hits = _page(searcher, asked, attempts, plan, top)
    addresses = [address for _, address in hits]
    end = start + len(hits)
    return Found(
        items=_items(searcher, addresses, plan, asked.text),
        total=min(total, MAX_SEARCH_TOTAL),
        total_is_exact=total <= MAX_SEARCH_TOTAL,
        after=_position(searcher, end, hits[-1]) if hits and end < total else None,
        facets=count_facets(searcher, asked, _counted(searcher, asked, plan, top)) if asked.facets else None,
        did_you_mean=_meant(searcher, asked, plan, top),
    )


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

    async def scores(self, clause: Clause) -> list[float]:
        return [score for score, _ in self.ranked(clause).hits]

    async def foresee(self, clauses: Sequence[Clause]) -> None:
        """Asking costs nothing beyond what is asked."""


def _counted(searcher: Searcher, asked: Search, plan: Plan, top: Ranked) -> Clause:
    """What facets count. A short result that no filter narrowed is known by its ids: cheaper than finding it again."""
    if asked.filters != Filters() or not is_every_kind(asked.kinds) or top.total > len(top.hits):
        return plan.clause
    ids = ids_at(searcher, [address for _, address in top.hits])
    return AnyOf(tuple(Term("id", str(UUID(int=id))) for id in ids)) if ids else Nothing()  # noqa: A001


def _page(searcher: Searcher, asked: Search, attempts: _Attempts, plan: Plan, top: Ranked) -> tuple[int, list[Hit]]:
    """How many come before the page, and the page."""
    if asked.after is not None:
        return _page_after(searcher, attempts.query(plan.clause), asked.after, asked.size)
    if asked.offset:
        return asked.offset, rank(searcher, attempts.query(plan.clause), asked.size, asked.offset).hits
    return 0, top.hits[: asked.size]


def _position(searcher: Searcher, end: int, last: Hit) -> Position:
    """How many were shown, the last one's score, its id."""
    return Position((end, last[0], str(UUID(int=ids_at(searcher, [last[1]])[0]))))


def _page_after(searcher: Searcher, query: Query, after: Position, size: int) -> tuple[int, list[Hit]]:
    """Right after the document shown last, wherever newer ones have moved it; where it is gone, after its score."""
    shown, score, last = _checked(searcher, after)
    hits = rank(searcher, query, shown + size + _MOVED).hits
    ids = ids_at(searcher, [address for _, address in hits])
    below = next((at for at, hit in enumerate(hits) if hit[0] < score), len(hits))
    start = ids.index(last) + 1 if last in ids else below
    return start, hits[start : start + size]


def _checked(searcher: Searcher, after: Position) -> tuple[int, float, int]:
    """How many were shown, the last one's score, its id. Raises PositionError for what no page gave.

    tantivy reserves memory for any number, and the process ends there.
    """
    match after.values:
        case (int(shown), float(score), str(id)) if isfinite(score) and find_id(id):
            if 0 <= shown <= searcher.num_docs + _MOVED:
                return shown, score, UUID(id).int
    raise PositionError(after.values)


def _items(searcher: Searcher, addresses: list[DocAddress], plan: Plan, text: str) -> list[FoundItem]:
    highlighter = Highlighter(plan.rewritten_to or text, is_bent=plan.is_bent or plan.is_widened)
    found = []
    for address in addresses:
        document = searcher.doc(address)
        body = stored_as(document, "body")
        found.append(FoundItem(stored_as(document, "item"), highlighter.highlight(body.kind, body.data)))
    return found


def _meant(searcher: Searcher, asked: Search, plan: Plan, top: Ranked) -> str | None:
    text = plan.rewritten_to or asked.text
    if not top.hits or (not plan.is_bent and plan.rewritten_to is None):
        return None
    best = read(searcher, top.hits[0][1], "body")
    if plan.is_bent:
        return correction(best.kind, best.data, text) or plan.rewritten_to
    return recased(best.kind, best.data, text)
