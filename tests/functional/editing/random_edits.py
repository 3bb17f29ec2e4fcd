"""Writes drawn at random, each with what the model says that it is answered with."""

import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import httpx
from tests.functional.editing.catalogue_model import Film, Kind, Model, Thing, seen

TITLES = [f"Film {letter}" for letter in "ABCDEFGH"]
NAMES = [f"Genre {letter}" for letter in "ABCDEF"]
STALE = '"999.x"'

Send = Callable[..., Awaitable[httpx.Response]]
"""Method and path, with httpx's options. An answer to what was sent before without one says so: `retried`."""


@dataclass
class Edits:
    """`editor`: headers; `viewers`: headers by name."""

    send: Send
    editor: dict[str, str]
    viewers: dict[str, dict[str, str]]
    draw: random.Random
    model: Model = field(default_factory=Model)
    told: list[str] = field(default_factory=list)

    async def begin(self) -> None:
        for number in range(4):
            await self.create_person(f"Person {number}")
        for name in NAMES[:3]:
            await self.create_genre(name)

    async def step(self) -> None:
        deeds = [
            (self.create_film, 3),
            (self.change_film, 7),
            (self.delete, 4),
            (self.restore, 5),
            (self.rename, 3),
            (self.create_person, 1),
            (self.create_genre, 1),
            (self.merge, 1),
            (self.score, 4),
            (self.list_film, 4),
        ]
        chosen, weights = zip(*deeds, strict=True)
        await self.draw.choices(chosen, weights)[0]()

    async def ask(
        self, method: str, path: str, expected: int, body: Any = None, applied: int | None = None, **headers: str
    ) -> httpx.Response:
        """Each POST has a key of its own, so that it can be sent again. `applied`: the status of others that are
        sent again, when the try before was carried out and nobody answered."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        key = {"Idempotency-Key": str(uuid4())} if method == "POST" else {}
        given = {"headers": {**self.editor, **key, **named}, **({"json": body} if body is not None else {})}
        answer = await self.send(method, path, **given)
        self.told.append(f"{method} {path} {body} {named.get('If-Match', '')} -> {answer.status_code}")
        allowed = {expected, applied} if answer.extensions.get("retried") else {expected}
        assert answer.status_code in allowed, f"{expected} expected\n{self.last()}\n{answer.text}"
        return answer

    def last(self) -> str:
        return "\n".join(self.told[-25:])

    def pick(self, kind: Kind) -> Any:
        return self.draw.choice(list(self.model.of(kind).values()))

    def some(self, kind: Kind, most: int) -> list[str]:
        """Ids, most of them of things that are there."""
        there, all_ = self.model.alive(kind), list(self.model.of(kind))
        ids = there if there and self.draw.random() < 0.93 else all_
        return self.draw.sample(ids, min(len(ids), self.draw.randint(1, most)))

    def are_there(self, kind: Kind, ids: list[str]) -> bool:
        return set(ids) <= set(self.model.alive(kind))

    def spelled(self, name: str) -> str:
        return self.draw.choice([str, str, str.upper, str.lower])(name)

    def condition(self, thing: Thing) -> tuple[str, bool]:
        """If-Match, and whether it holds."""
        stale = self.draw.random() < 0.1
        return (STALE, False) if stale else (f'"{thing.version}.x"', True)

    async def create_film(self) -> None:
        title, allow = self.spelled(self.draw.choice(TITLES)), self.draw.random() < 0.1
        directors, genres = self.some("person", 2), self.some("genre", 3)
        actors = [(one, self.draw.choice([None, "Hero"])) for one in self.some("person", 3)]
        body = {"title": title, "year": 1999, "minutes": 90, "genres": genres, "directors": directors}
        body["actors"] = [{"id": one, "character": part} for one, part in actors]
        named = self.are_there("genre", genres) and self.are_there("person", [*directors, *dict(actors)])
        taken = self.model.has_title(title) and not allow
        path = "/films" + ("?allow_same_title=true" if allow else "")
        answer = await self.ask("POST", path, 422 if not named else 409 if taken else 201, body)
        if answer.status_code == 201:
            id_ = answer.json()["id"]
            self.model.films[id_] = Film(id_, title, year=1999, genres=genres, directors=directors, actors=actors)
            self.check_answer("film", answer)

    async def change_film(self) -> None:
        if not self.model.films:
            return
        film: Film = self.pick("film")
        body, wanted = self.drawn_change(film)
        condition, holds = self.condition(film)
        named = self.are_there("genre", body.get("genres", [])) and self.are_there("person", self.people_in(body))
        taken = self.model.has_title(body.get("title", ""), film.id)
        same_key = body.get("title", film.name).casefold() == film.name.casefold()
        refused = 422 if not named else 409 if taken and not same_key else 200
        expected = 404 if film.deleted else 412 if not holds else refused
        changes = {name: value for name, value in wanted.items() if getattr(film, name) != value}
        applied = 412 if expected == 200 and changes else None
        answer = await self.ask("PATCH", f"/films/{film.id}", expected, body, applied, If_Match=condition)
        if expected == 200:
            for name, value in changes.items():
                setattr(film, name, value)
            film.version += bool(changes)
            self.check_answer("film", answer)

    def people_in(self, body: dict[str, Any]) -> list[str]:
        return [*body.get("directors", []), *(one["id"] for one in body.get("actors", []))]

    def drawn_change(self, film: Film) -> tuple[dict[str, Any], dict[str, Any]]:
        """A patch, and what becomes of the model's film."""
        body: dict[str, Any] = {}
        wanted: dict[str, Any] = {}
        for name in self.draw.sample(["title", "year", "genres", "directors", "actors"], self.draw.randint(1, 3)):
            if name == "title":
                body[name] = wanted["name"] = self.spelled(self.draw.choice(TITLES))
            elif name == "year":
                body[name] = wanted[name] = self.draw.choice([1999, 2000, 2001])
            elif name == "actors":
                actors = [(one, self.draw.choice([None, "Villain"])) for one in self.some("person", 3)]
                body[name] = [{"id": one, "character": part} for one, part in actors]
                wanted[name] = self.model.replace("person", film.actors, actors)
            else:
                kind: Kind = "genre" if name == "genres" else "person"
                body[name] = self.some(kind, 3)
                wanted[name] = self.model.replace(kind, getattr(film, name), body[name])
        return body, wanted

    async def delete(self) -> None:
        kind: Kind = self.draw.choice(["film", "person", "genre"])
        if not self.model.of(kind):
            return
        thing, force = self.pick(kind), self.draw.random() < 0.5
        condition, holds = self.condition(thing)
        blocked = kind != "film" and not force and self.model.uses(kind, thing.id)
        expected = 404 if thing.deleted else 412 if not holds else 409 if blocked else 204
        query = "?force=true" if force and kind != "film" else ""
        applied = 404 if expected == 204 else None
        await self.ask("DELETE", f"/{kind}s/{thing.id}{query}", expected, None, applied, If_Match=condition)
        if expected == 204:
            thing.deleted, thing.version = True, thing.version + 1

    async def restore(self) -> None:
        kind: Kind = self.draw.choice(["film", "person", "genre"])
        gone = [one for one in self.model.of(kind).values() if one.deleted]
        if not gone:
            return
        thing = self.draw.choice(gone) if self.draw.random() < 0.9 else self.pick(kind)
        taken = {"film": self.model.has_title, "genre": self.model.has_genre, "person": lambda *_: False}[kind]
        refused = not thing.deleted or thing.merged_into is not None or taken(thing.name, thing.id)
        answer = await self.ask("POST", f"/{kind}s/{thing.id}/restore", 409 if refused else 200)
        if not refused:
            thing.deleted, thing.version = False, thing.version + 1
            self.check_answer(kind, answer)

    async def rename(self) -> None:
        kind: Kind = self.draw.choice(["person", "genre"])
        thing: Thing = self.pick(kind)
        name = self.spelled(self.draw.choice(NAMES))
        condition, holds = self.condition(thing)
        taken = kind == "genre" and name != thing.name and self.model.has_genre(name, thing.id)
        expected = 404 if thing.deleted else 412 if not holds else 409 if taken else 200
        applied = 412 if expected == 200 and name != thing.name else None
        answer = await self.ask("PATCH", f"/{kind}s/{thing.id}", expected, {"name": name}, applied, If_Match=condition)
        if expected == 200:
            thing.version += name != thing.name
            thing.name = name
            self.check_answer(kind, answer)

    async def create_person(self, name: str = "Somebody") -> None:
        answer = await self.ask("POST", "/persons", 201, {"name": name})
        id_ = answer.json()["id"]
        self.model.persons[id_] = Thing(id_, name)
        self.check_answer("person", answer)

    async def create_genre(self, name: str = "") -> None:
        name = name or self.spelled(self.draw.choice(NAMES))
        taken = self.model.has_genre(name)
        answer = await self.ask("POST", "/genres", 409 if taken else 201, {"name": name})
        if not taken:
            id_ = answer.json()["id"]
            self.model.genres[id_] = Thing(id_, name)
            self.check_answer("genre", answer)

    async def merge(self) -> None:
        old, new = self.pick("person"), self.pick("person")
        condition, holds = self.condition(old)
        if old.id == new.id:
            expected = 422
        else:
            expected = 404 if old.deleted else 412 if not holds else 422 if new.deleted else 200
        body = {"into": new.id}
        answer = await self.ask("POST", f"/persons/{old.id}/merge", expected, body, If_Match=condition)
        if expected == 200:
            self.model.merge(old.id, new.id)
            self.check_answer("person", answer)

    async def score(self) -> None:
        if not self.model.films:
            return
        film, who = self.pick("film"), self.draw.choice(list(self.viewers))
        path, mine = f"/me/ratings/{film.id}", {"Authorization": self.viewers[who]["Authorization"]}
        if self.draw.random() < 0.3:
            await self.ask("DELETE", path, 404 if film.deleted else 204, **mine)
            if not film.deleted:
                film.scores.pop(who, None)
            return
        score, is_new = self.draw.randint(2, 20) / 2, who not in film.scores
        applied = 200 if is_new and not film.deleted else None
        await self.ask("PUT", path, 404 if film.deleted else 201 if is_new else 200, {"score": score}, applied, **mine)
        if not film.deleted:
            film.scores[who] = score

    async def list_film(self) -> None:
        if not self.model.films:
            return
        film, who = self.pick("film"), self.draw.choice(list(self.viewers))
        name = self.draw.choice(list(self.model.lists))
        path, mine = f"/me/{name}/{film.id}", {"Authorization": self.viewers[who]["Authorization"]}
        entry, listed = (who, film.id), self.model.lists[name]
        if self.draw.random() < 0.3:
            await self.ask("DELETE", path, 404 if film.deleted else 204, **mine)
            if not film.deleted:
                listed.discard(entry)
            return
        expected = 404 if film.deleted else 200 if entry in listed else 201
        await self.ask("PUT", path, expected, None, 200 if expected == 201 else None, **mine)
        if not film.deleted:
            listed.add(entry)

    def check_answer(self, kind: Kind, answer: httpx.Response) -> None:
        """What a write is answered with is what is there; of one that was carried out unanswered there is no such."""
        if answer.status_code in (200, 201):
            body = answer.json()
            assert seen(kind, body) == self.model.shown(kind, body["id"]), self.last()
            assert version_of(answer) == self.model.of(kind)[body["id"]].version, self.last()


def version_of(answer: httpx.Response) -> int:
    return int(answer.headers["etag"].strip('"').partition(".")[0])
