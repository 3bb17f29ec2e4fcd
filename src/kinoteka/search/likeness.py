"""Films like a film: the people they share, then the genres, then the years."""

import msgspec

from kinoteka.catalogue.schemas import Film
from kinoteka.search.clauses import AllOf, AnyOf, Between, Clause, NoneOf, Scored, Term

_FILM = msgspec.json.Decoder(Film)
_LEADING_ACTORS = 6


def alike(body: bytes) -> Clause:
    """Scores add up; a film that shares neither person nor genre is not like it at all."""
    film = _FILM.decode(body)
    shared = (
        *(Scored(Term("credits", f"director:{person.id}"), 6) for person in film.directors),
        *(Scored(Term("credits", str(person.id)), 3) for person in film.writers),
        *(Scored(Term("credits", str(person.id)), 2) for person in film.actors[:_LEADING_ACTORS]),
        *(Scored(Term("genres", str(genre.id)), 2) for genre in film.genres),
    )
    near = tuple(Scored(Between("year", film.year - years, film.year + years), 0.5) for years in (3, 10))
    bonus = AnyOf((*near, Scored(Term("kind", "film"), 0.1)))
    alike_at_all = AnyOf(shared) if shared else Term("kind", "nothing")
    return AllOf((alike_at_all, bonus, Scored(Term("kind", "film"), 0), NoneOf((Term("id", str(film.id)),))))
