"""Sound small inputs of each harness, from which fuzzing starts."""

import io
from collections.abc import Mapping
from zipfile import ZIP_DEFLATED, ZipFile

import msgspec
from PIL import Image

_FILM = {
    "id": "0b0e6f0c-7d5f-4f0a-8e51-5d3b3a1f0a01",
    "title": "Solaris",
    "original_title": "Солярис",
    "year": 1972,
    "minutes": 167,
    "genres": ["Drama", {"name": "Science fiction"}],
    "directors": [{"name": "Andrei Tarkovsky"}],
    "actors": [{"name": "Donatas Banionis", "character": "Kris Kelvin"}],
    "description": "A station.\nAn ocean.",
    "rating": 8.0,
    "votes": 1200,
    "external_ids": {"imdb": "tt0069293", "tmdb": "593"},
    "alternative_titles": [{"title": "Соляріс", "language": "uk"}, "Solyaris"],
    "created_at": "2020-01-02T03:04:05.000006Z",
}
_CSV = (
    "title,year,minutes,rating,votes,imdb,genres,directors,director_ids,actors,characters,alternative_titles\r\n"
    'Stalker,1979,162,8.1,1000,tt0079944,Drama|Sci-Fi,Andrei Tarkovsky,,"A|B","x|""y""",Сталкер (uk)|Stalker\r\n'
)
_TABLES = (
    "tconst titleType primaryTitle originalTitle isAdult startYear endYear runtimeMinutes genres",
    r"tt0000001 movie Metropolis Metropolis 0 1927 \N 153 Drama,Sci-Fi",
    "",
    "tconst averageRating numVotes",
    "tt0000001 8.3 190000",
    "",
    "tconst directors writers",
    "tt0000001 nm0000001 nm0000002,nm0000001",
    "",
    "tconst ordering nconst category job characters",
    r'tt0000001 1 nm0000003 actress \N ["Maria"]',
    "",
    "titleId ordering title region language types attributes isOriginalTitle",
    r"tt0000001 2 Метрополіс UA \N imdbDisplay \N 0",
    "",
    "nconst primaryName birthYear deathYear primaryProfession knownForTitles",
    r"nm0000001 Lang 1890 1976 director \N",
    r"nm0000003 Helm 1906 \N actress \N",
)
"""A space stands for a tab, an empty line for the NUL between two files."""
_TSV = "\n".join(_TABLES).replace(" ", "\t").replace("\n\n", "\n\0") + "\n"
_IMDB = (
    "Const,Your Rating,Date Rated,Title,Original Title,URL,Title Type,IMDb Rating,Runtime (mins),Year,Genres\n"
    "tt0079944,9,2020-05-06,Stalker,Stalker,https://x,Movie,8.1,162,1979,Drama\n"
)
_WATCHLIST = "Position,Const,Created,Modified,Description,Title,Year\n1,tt0079944,2020-05-06,2020-05-06,,Stalker,1979\n"
_LETTERBOXD = {
    "ratings.csv": "Date,Name,Year,Letterboxd URI,Rating\n2021-03-04,Stalker,1979,https://boxd.it/1,4.5\n",
    "watchlist.csv": "Date,Name,Year,Letterboxd URI\n2021-03-05,Metropolis,1927,https://boxd.it/4\n",
    "likes/films.csv": "Date,Name,Year,Letterboxd URI\n2021-03-06,Alien,1979,https://boxd.it/5\n",
}
_TRAKT = [
    {
        "rated_at": "2014-09-01T09:10:11.000Z",
        "rating": 10,
        "type": "movie",
        "movie": {"title": "TRON", "year": 1982, "ids": {"trakt": 1, "imdb": "tt0084827", "tmdb": 97}},
    },
    {
        "listed_at": "2014-09-01T09:10:11.000Z",
        "type": "movie",
        "movie": {"title": "Heat", "year": 1995, "ids": {"imdb": "tt0113277"}},
    },
]
_MOVIELENS = {
    "ratings.csv": "userId,movieId,rating,timestamp\n1,2,4.5,1425941529\n",
    "links.csv": "movieId,imdbId,tmdbId\n2,0079944,1398\n",
    "movies.csv": "movieId,title,genres\n2,Stalker (1979),Drama\n",
}
_OWN = (
    "list,film_id,imdb,tmdb,title,year,score,at\n"
    "ratings,0b0e6f0c-7d5f-4f0a-8e51-5d3b3a1f0a01,tt0079944,1398,Stalker,1979,8.5,2020-01-02T03:04:05Z\n"
    "wishlist,,tt0079944,,Stalker,1979,,\n"
)


def _packed(files: Mapping[str, str | bytes]) -> bytes:
    packed = io.BytesIO()
    with ZipFile(packed, "w", ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return packed.getvalue()


def _picture(kind: str, mode: str = "RGB") -> bytes:
    packed = io.BytesIO()
    Image.linear_gradient("L").resize((24, 36)).convert(mode).save(packed, kind)
    return packed.getvalue()


def make_seeds() -> dict[str, list[bytes]]:
    """By the name of the harness."""
    trakt = msgspec.json.encode(_TRAKT)
    return {
        "csv": [_CSV.encode()],
        "jsonl": [msgspec.json.encode(_FILM) + b"\n"],
        "tsv": [_TSV.encode()],
        "own-letterboxd": [_packed(_LETTERBOXD)],
        "own-imdb": [_IMDB.encode(), _WATCHLIST.encode()],
        "own-trakt": [trakt, _packed({"ratings-movies.json": trakt, "watchlist.json": trakt})],
        "own-movielens": [_packed(_MOVIELENS)],
        "own-kinoteka": [_OWN.encode()],
        "photo": [_picture("JPEG"), _picture("PNG", "RGBA"), _picture("PNG", "P"), _picture("WEBP")],
    }
