"""The catalogue that queries are made from: the demo, a folder of IMDb's TSV files, or an imported database."""

import csv
import gzip
import random
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

import msgspec
from sqlalchemy import text

from kinoteka.catalogue.documents import KINDS, Kind, Record, build_indexed
from kinoteka.database import open_database

Entry = tuple[Kind, Record]
_STAMP = "2026-01-01T00:00:00.000000Z"
_BATCH = 2000


async def read_catalogue(source: str) -> list[Entry]:
    """`source`: demo, a folder, or a database's URL."""
    if source.startswith("postgres"):
        return [entry async for entry in _from_database(source)]
    films = _demo_films() if source == "demo" else _imdb_films(Path(source))
    return list(_entries(list(films)))


async def _from_database(url: str) -> Any:
    database = open_database(url, 2)
    try:
        async with database.transaction() as connection:
            for kind in KINDS:
                rows = await connection.execute(text(f"SELECT id FROM {kind} WHERE deleted_at IS NULL ORDER BY id"))
                ids = [row.id for row in rows]
                for start in range(0, len(ids), _BATCH):
                    for record in await build_indexed(connection, kind, ids[start : start + _BATCH]):
                        yield kind, record
    finally:
        await database.close()


def _demo_films() -> Iterator[dict[str, Any]]:
    for file in sorted(files("kinoteka.ops.demo").iterdir(), key=lambda file: file.name):
        if file.name.endswith(".jsonl"):
            yield from (_demo_film(msgspec.json.decode(line)) for line in file.read_text().splitlines() if line)


def _demo_film(row: dict[str, Any]) -> dict[str, Any]:
    drawn = random.Random(f"{row['title']} {row['year']}")
    return _film(
        f"demo:{row['title']}:{row['year']}",
        title=row["title"],
        original_title=row["original_title"],
        year=row["year"],
        minutes=row["minutes"],
        genres=[_named("genre", name) for name in row["genres"]],
        directors=[_named("person", name) for name in row["directors"]],
        writers=[_named("person", name) for name in row["writers"]],
        actors=[_named("person", name) | {"character": character} for name, character in row["actors"]],
        alternative_titles=[{"title": title, "language": language} for language, title in row["titles"].items()],
        description=row["description"],
        votes=int(10 ** drawn.uniform(3, 6)),
    )


def _imdb_films(folder: Path) -> Iterator[dict[str, Any]]:
    names = {row["nconst"]: row["primaryName"] for row in _tsv(folder, "name.basics")}
    described = _descriptions(folder)
    credited: dict[str, list[tuple[str, str]]] = {}
    for row in _tsv(folder, "title.principals"):
        credited.setdefault(row["tconst"], []).append((row["category"], row["nconst"]))
    for row in _tsv(folder, "title.basics"):
        people = [(role, _named("person", names[nconst], nconst)) for role, nconst in credited.get(row["tconst"], ())]
        yield _film(
            row["tconst"],
            title=row["primaryTitle"],
            original_title=row["originalTitle"] if row["originalTitle"] != row["primaryTitle"] else None,
            year=int(row["startYear"]),
            minutes=None if row["runtimeMinutes"] == "\\N" else int(row["runtimeMinutes"]),
            genres=[_named("genre", name) for name in row["genres"].split(",") if name != "\\N"],
            directors=[person for role, person in people if role == "director"],
            actors=[person | {"character": None} for role, person in people if role in {"actor", "actress"}],
            description=described.get(row["tconst"]),
        )


def _tsv(folder: Path, name: str) -> Iterator[dict[str, str]]:
    path = next(path for path in (folder / f"{name}.tsv.gz", folder / f"{name}.tsv") if path.exists())
    with gzip.open(path, "rt", encoding="utf-8", newline="\n") if path.suffix == ".gz" else path.open() as file:
        yield from csv.DictReader((line.rstrip("\n") for line in file), delimiter="\t", quoting=csv.QUOTE_NONE)


def _descriptions(folder: Path) -> dict[str, str]:
    path = folder / "descriptions.jsonl.gz"
    if not path.exists():
        return {}
    with gzip.open(path) as file:
        return {row["tconst"]: row["description"] for row in map(msgspec.json.decode, file)}


def _named(kind: str, name: str, key: str | None = None) -> dict[str, Any]:
    return {"id": str(uuid5(NAMESPACE_URL, f"{kind}:{key or name}")), "name": name}


def _film(key: str, *, votes: int = 0, **fields: Any) -> dict[str, Any]:
    rating = 7.0 if votes else None
    return {
        "id": str(uuid5(NAMESPACE_URL, f"film:{key}")),
        "writers": [],
        "alternative_titles": [],
        "rating": rating,
        "votes": votes,
        "weighted_rating": rating,
        "prior": {"rating": rating, "votes": votes},
        "external_ids": {"imdb": None, "tmdb": None},
        "created_at": _STAMP,
        "updated_at": _STAMP,
        **fields,
    }


def _entries(films: list[dict[str, Any]]) -> Iterator[Entry]:
    works: dict[str, dict[str, dict[str, Any]]] = {}
    names: dict[str, str] = {}
    genres: dict[str, tuple[str, int]] = {}
    for film in films:
        yield "film", _record(film)
        for genre in film["genres"]:
            genres[genre["id"]] = (genre["name"], genres.get(genre["id"], ("", 0))[1] + 1)
        for role in ("director", "writer", "actor"):
            for person in film[f"{role}s"]:
                names[person["id"]] = person["name"]
                _add_work(works.setdefault(person["id"], {}), film, role)
    for id, name in names.items():  # noqa: A001 - the field's own term
        yield "person", _record(_person(id, name, list(works[id].values())))
    for id, (name, count) in genres.items():  # noqa: A001 - the field's own term
        yield "genre", _record({"id": id, "name": name, "film_count": count})


def _add_work(works: dict[str, dict[str, Any]], film: dict[str, Any], role: str) -> None:
    work = {"id": film["id"], "title": film["title"], "year": film["year"], "roles": [], "character": None}
    works.setdefault(film["id"], work)["roles"].append(role)


def _person(id: str, name: str, works: list[dict[str, Any]]) -> dict[str, Any]:  # noqa: A002 - the field's own term
    nothing = dict.fromkeys(("date_of_birth", "date_of_death", "photo"))
    return {"id": id, "name": name, **nothing, "film_count": len(works), "films": works}


def _record(body: dict[str, Any]) -> Record:
    """The item as catalogue.documents cuts it from the body."""
    item = {key: value for key, value in body.items() if key not in {"description", "alternative_titles", "films"}}
    if "actors" in item:
        item["actors"] = item["actors"][:5]
    return Record(UUID(body["id"]), 1, msgspec.json.encode(body), msgspec.json.encode(item))
