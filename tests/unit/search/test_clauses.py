"""What holds of clauses, whatever the engine."""

from collections.abc import Mapping
from itertools import permutations
from typing import get_args

import pytest

from kinoteka.catalogue.documents import KINDS
from kinoteka.search.clauses import Clause, NoneOf
from kinoteka.search.elasticsearch import clauses as elasticsearch
from kinoteka.search.faceting import FACETS, without_own_filter
from kinoteka.search.query import Search
from kinoteka.search.tantivy import clauses as tantivy


@pytest.mark.parametrize("translators", [tantivy._TRANSLATORS, elasticsearch._TRANSLATORS])
def test_every_clause_has_a_translation(translators: Mapping[type, object]) -> None:
    assert set(translators) == set(get_args(Clause)) - {NoneOf}


@pytest.mark.parametrize("kinds", list(permutations(KINDS)))
def test_a_search_without_filters_is_counted_once(kinds: tuple[str, ...]) -> None:
    search = Search(text="solaris", kinds=kinds, size=20)  # type: ignore[arg-type] # kinds, in any order
    assert all(without_own_filter(search, facet) == search for facet in FACETS)
