"""Small folders in the shape of IMDb's public files."""

import gzip
from pathlib import Path

HEADERS = {
    "title.basics": "tconst titleType primaryTitle originalTitle isAdult startYear endYear runtimeMinutes genres",
    "title.ratings": "tconst averageRating numVotes",
    "title.crew": "tconst directors writers",
    "title.principals": "tconst ordering nconst category job characters",
    "title.akas": "titleId ordering title region language types attributes isOriginalTitle",
    "name.basics": "nconst primaryName birthYear deathYear primaryProfession knownForTitles",
}
SMALL: dict[str, list[str]] = {
    "title.basics": [
        r"tt0000001|movie|Metropolis|Metropolis|0|1927|\N|153|Drama,Sci-Fi",
        r"tt0000002|movie|M|M - Eine Stadt sucht einen Mörder|0|1931|\N|117|Crime,Drama",
        r'tt0000003|movie|"Crocodile" Dundee|"Crocodile" Dundee|0|1986|\N|\N|\N',
        r"tt0000004|short|A Trip to the Moon|Le voyage dans la lune|0|1902|\N|13|Short",
    ],
    "title.ratings": ["tt0000001|8.3|190000", "tt0000002|8.3|170000", "tt0000004|8.1|50000"],
    "title.crew": [r"tt0000001|nm0000001|nm0000002,nm0000001", r"tt0000002|nm0000001|\N"],
    "title.principals": [
        r'tt0000001|1|nm0000003|actress|\N|["Maria","The Machine Man"]',
        r"tt0000001|2|nm0000004|actor|\N|\N",
        r"tt0000001|3|nm0000001|director|\N|\N",
        r"tt0000002|1|nm0000005|actor|\N|" + r'["Hans Beckert"]',
        r"tt0000002|2|nm0000006|producer|\N|\N",
        r'tt0000003|1|nm0000007|self|\N|["Self"]',
    ],
    "title.akas": [
        r"tt0000001|1|Metropolis|\N|\N|original|\N|1",
        r"tt0000001|2|Метрополіс|UA|\N|imdbDisplay|\N|0",
        r"tt0000001|3|Métropolis|CA|fr|imdbDisplay|\N|0",
    ],
    "name.basics": [
        r"nm0000001|Fritz Lang|1890|1976|director|\N",
        r"nm0000002|Thea von Harbou|1888|1954|writer|\N",
        r"nm0000003|Brigitte Helm|1906|1996|actress|\N",
        r"nm0000004|Gustav Fröhlich|1902|1987|actor|\N",
        r"nm0000005|Peter Lorre|1904|1964|actor|\N",
        r"nm0000006|Seymour Nebenzal|\N|\N|producer|\N",
        r"nm0000007|Paul Hogan|1939|\N|actor|\N",
    ],
}


def write_folder(folder: Path, tables: dict[str, list[str]], *, packed: bool = False) -> Path:
    """`|` in a row stands for a tab; headers are added."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, rows in tables.items():
        write_table(folder, name, rows, packed=packed)
    return folder


def write_table(folder: Path, name: str, rows: list[str], *, packed: bool = False) -> None:
    data = "\n".join([HEADERS[name].replace(" ", "\t"), *(row.replace("|", "\t") for row in rows), ""]).encode()
    path = folder / f"{name}.tsv{'.gz' if packed else ''}"
    path.write_bytes(gzip.compress(data) if packed else data)


def basics(*rows: str) -> dict[str, list[str]]:
    return {"title.basics": list(rows)}
