"""Films like a film: the people they share, then the genres, then the years."""

from collections.abc import Sequence

import msgspec

from kinoteka.catalogue.schemas import Film, GenreName
from kinoteka.search.clauses import AllOf, AnyOf, Between, Clause, NoneOf, Nothing, Scored, Term
from kinoteka.search.filtering import credited

_FILM = msgspec.json.Decoder(Film)
_LEADING = 6
"""So many writers and so many actors of a film count, the first ones."""
_SAME_YEARS = 3
MOST_ALIKE = 500
"""Films; what comes after them is like any other."""


def alike(body: bytes) -> Clause:
    """Scores add up. A film that shares no person is like it by two genres, or by its only one in the same years."""
    film = _FILM.decode(body)
    people = (
        *(Scored(credited(person.id, "director"), 6) for person in film.directors),
        *(Scored(credited(person.id), 3) for person in film.writers[:_LEADING]),
        *(Scored(credited(person.id), 2) for person in film.actors[:_LEADING]),
    )
    shared = (*people, *(Scored(Term("genres", str(genre.id)), 2) for genre in film.genres))
    if not shared:
        return Nothing()
    near = tuple(Scored(Between("year", film.year - years, film.year + years), 0.5) for years in (_SAME_YEARS, 10))
    bonus = AnyOf((*near, Scored(Term("kind", "film"), 0.1)))
    enough = Scored(AnyOf((*people, *_by_genres(film.genres, film.year))), 0)
    return AllOf((AnyOf(shared), enough, bonus, Scored(Term("kind", "film"), 0), NoneOf((Term("id", str(film.id)),))))


def _by_genres(genres: Sequence[GenreName], year: int) -> list[Clause]:
    terms = tuple(Term("genres", str(genre.id)) for genre in genres)
    if len(terms) == 1:
        return [AllOf((*terms, Between("year", year - _SAME_YEARS, year + _SAME_YEARS)))]
    return [AnyOf(terms, at_least=2)] if terms else []
