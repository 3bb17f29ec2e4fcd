"""The catalogue as a few dictionaries: what every write is answered with, and what is there afterwards."""

from dataclasses import dataclass, field
from typing import Any, Literal

Kind = Literal["film", "person", "genre"]


@dataclass
class Thing:
    id: str
    name: str
    version: int = 1
    deleted: bool = False
    merged_into: str | None = None


@dataclass
class Film(Thing):
    """`name`: its title. Lists hold the ids of those out of sight too."""

    year: int = 2000
    genres: list[str] = field(default_factory=list)
    directors: list[str] = field(default_factory=list)
    actors: list[tuple[str, str | None]] = field(default_factory=list)
    scores: dict[str, float] = field(default_factory=dict)


@dataclass
class Model:
    films: dict[str, Film] = field(default_factory=dict)
    persons: dict[str, Thing] = field(default_factory=dict)
    genres: dict[str, Thing] = field(default_factory=dict)
    lists: dict[str, set[tuple[str, str]]] = field(default_factory=lambda: {"favourites": set(), "wishlist": set()})
    """By list: who, which film."""

    def of(self, kind: Kind) -> dict[str, Any]:
        return {"film": self.films, "person": self.persons, "genre": self.genres}[kind]

    def alive(self, kind: Kind) -> list[str]:
        return [id_ for id_, one in self.of(kind).items() if not one.deleted]

    def has_title(self, title: str, apart: str | None = None) -> bool:
        return self._has_name("film", title, apart)

    def has_genre(self, name: str, apart: str | None = None) -> bool:
        return self._has_name("genre", name, apart)

    def _has_name(self, kind: Kind, name: str, apart: str | None) -> bool:
        others = (one for one in self.of(kind).values() if not one.deleted and one.id != apart)
        return any(one.name.casefold() == name.casefold() for one in others)

    def uses(self, kind: Kind, id_: str) -> bool:
        films = [film for film in self.films.values() if not film.deleted]
        if kind == "genre":
            return any(id_ in film.genres for film in films)
        return any(id_ in film.directors or id_ in dict(film.actors) for film in films)

    def replace(self, kind: Kind, old: list[Any], new: list[Any]) -> list[Any]:
        """A list in place of what is in sight; what is out of sight stands before it."""
        hidden = [one for one in old if self._is_hidden(kind, one)]
        return old if [one for one in old if one not in hidden] == new else [*hidden, *new]

    def _is_hidden(self, kind: Kind, entry: Any) -> bool:
        return bool(self.of(kind)[entry[0] if isinstance(entry, tuple) else entry].deleted)

    def merge(self, old: str, new: str) -> None:
        for film in self.films.values():
            if old in film.directors or old in dict(film.actors):
                film.version += 1
            film.directors = _merged(film.directors, old, new)
            characters = dict(film.actors)
            order = _merged([one for one, _ in film.actors], old, new)
            known = characters.get(new) or characters.get(old)
            film.actors = [(one, known if one == new else characters[one]) for one in order]
        for person in self.persons.values():
            if person.merged_into == old:
                person.merged_into = new
        self.persons[old].merged_into, self.persons[old].deleted = new, True
        self.persons[old].version += 1
        self.persons[new].version += 1

    def shown_film(self, id_: str) -> dict[str, Any]:
        film = self.films[id_]
        persons, scores = self.persons, list(film.scores.values())
        return {
            "id": id_,
            "title": film.name,
            "year": film.year,
            "genres": [(one, self.genres[one].name) for one in film.genres if not self.genres[one].deleted],
            "directors": [(one, persons[one].name) for one in film.directors if not persons[one].deleted],
            "actors": [(one, persons[one].name, part) for one, part in film.actors if not persons[one].deleted],
            "rating": round(sum(scores) / len(scores), 2) if scores else None,
            "votes": len(scores),
        }

    def shown_person(self, id_: str) -> dict[str, Any]:
        works: dict[str, list[str]] = {}
        for film in self.films.values():
            roles = [
                role
                for role, there in (("director", id_ in film.directors), ("actor", id_ in dict(film.actors)))
                if there
            ]
            if roles and not film.deleted:
                works[film.id] = roles
        return {"id": id_, "name": self.persons[id_].name, "films": works}

    def shown_genre(self, id_: str) -> dict[str, Any]:
        count = sum(id_ in film.genres and not film.deleted for film in self.films.values())
        return {"id": id_, "name": self.genres[id_].name, "film_count": count}

    def shown(self, kind: Kind, id_: str) -> dict[str, Any]:
        return {"film": self.shown_film, "person": self.shown_person, "genre": self.shown_genre}[kind](id_)


def _merged(ids: list[str], old: str, new: str) -> list[str]:
    return [one for one in ids if one != old] if new in ids else [new if one == old else one for one in ids]


def seen(kind: Kind, body: dict[str, Any]) -> dict[str, Any]:
    """An answer in the model's form."""
    if kind == "genre":
        return body
    if kind == "person":
        works = {film["id"]: film["roles"] for film in body["films"]}
        return {"id": body["id"], "name": body["name"], "films": works}
    return {
        **{name: body[name] for name in ("id", "title", "year", "rating", "votes")},
        "genres": [(one["id"], one["name"]) for one in body["genres"]],
        "directors": [(one["id"], one["name"]) for one in body["directors"]],
        "actors": [(one["id"], one["name"], one["character"]) for one in body["actors"]],
    }
