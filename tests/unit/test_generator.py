"""Generated catalogues: the same everywhere, as long as asked for, and skewed as real ones are."""

import gzip
import tracemalloc
from collections import Counter
from hashlib import sha256
from pathlib import Path
from statistics import mean, median

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kinoteka.errors import UsageError
from kinoteka.ops.generator.films import Film, make_film
from kinoteka.ops.generator.people import make_person
from kinoteka.ops.generator.service import write_folder
from kinoteka.ops.generator.tables import HEADERS

SAMPLE = 20_000


@pytest.fixture(scope="module")
def sample() -> list[Film]:
    return [make_film(1, number) for number in range(SAMPLE)]


def digest(folder: Path) -> dict[str, str]:
    return {path.name: sha256(path.read_bytes()).hexdigest() for path in folder.iterdir()}


def read(folder: Path, name: str) -> str:
    return gzip.decompress((folder / f"{name}.tsv.gz").read_bytes()).decode()


def test_a_seed_makes_the_same_bytes_and_another_seed_others(tmp_path: Path) -> None:
    for folder, seed in (("first", 7), ("again", 7), ("other", 8)):
        write_folder(tmp_path / folder, 700, seed)
    first, again, other = (digest(tmp_path / folder) for folder in ("first", "again", "other"))
    assert first == again
    assert first.keys() == {f"{name}.tsv.gz" for name in HEADERS}
    assert all(first[name] != other[name] for name in first)


def test_a_seed_means_the_same_on_every_machine(tmp_path: Path) -> None:
    write_folder(tmp_path, 1000, 1)
    lines = "".join(read(tmp_path, name) for name in HEADERS)
    assert sha256(lines.encode()).hexdigest() == "232370339b261576f8f643ac5c1e3e8bd137c17c18ace03904ec02bc5f87eeb7"


@pytest.mark.parametrize("name", HEADERS)
def test_a_larger_catalogue_begins_with_the_smaller_one(tmp_path: Path, name: str) -> None:
    write_folder(tmp_path / "small", 501, 3)
    write_folder(tmp_path / "large", 1203, 3)
    assert read(tmp_path / "large", name).startswith(read(tmp_path / "small", name))


def test_memory_does_not_grow_with_the_catalogue(tmp_path: Path) -> None:
    write_folder(tmp_path / "warm", 10, 1)
    peaks = []
    for films in (1000, 6000):
        tracemalloc.start()
        write_folder(tmp_path / str(films), films, 1)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < 1.2 * peaks[0]


@given(seed=st.integers(0, 2**63), number=st.integers(0, 10**8))
def test_every_film_is_sound(seed: int, number: int) -> None:
    film = make_film(seed, number)
    people = [person for role in film.crew for person in role]
    assert all(film.titles)
    assert 1910 <= film.year <= 2025
    assert film.minutes is None or 41 <= film.minutes < 300
    assert film.genres
    assert len(film.genres) == len(set(film.genres))
    assert film.crew.directors
    assert film.crew.writers
    assert all(0 <= person < 2 * (number + 1) for person in people)
    assert film.votes == 0 or 1 <= film.rating <= 10


def test_titles_stand_in_three_scripts_and_some_are_shared(sample: list[Film]) -> None:
    own = [film.titles[film.language] for film in sample]
    alphabets = Counter(film.language for film in sample)
    assert 0.55 < alphabets[0] / SAMPLE < 0.65
    assert all(0.17 < alphabets[language] / SAMPLE < 0.23 for language in (1, 2))
    shared = SAMPLE - len(set(own))
    assert 0.02 < shared / SAMPLE < 0.4
    assert all(any(sign in title for title in own) for sign in ("ï", "ö", "-", "'", "ё", "ї", " 2", " III"))


def test_words_are_as_common_as_in_real_titles(sample: list[Film]) -> None:
    """In 29,670 titles of English films, half of all words stand in more than 0.14 % of them, and half of all titles
    have a word that stands in 0.02 % at most."""
    titles = [set(film.titles[film.language].lower().split()) for film in sample]
    films = Counter(word for title in titles for word in title)
    assert 0.0005 < median(films[word] for title in titles for word in title) / SAMPLE < 0.005
    assert median(min(films[word] for word in title) for title in titles) / SAMPLE < 0.0005
    assert len(films) > SAMPLE / 2


def test_recent_years_have_most_films(sample: list[Film]) -> None:
    years = [film.year for film in sample]
    assert 0.3 < sum(year > 2015 for year in years) / SAMPLE < 0.4
    assert 0.03 < sum(year < 1940 for year in years) / SAMPLE < 0.15


def test_genres_have_their_shares_and_companions(sample: list[Film]) -> None:
    shares = Counter(genre for film in sample for genre in film.genres)
    pairs = Counter(pair for film in sample for pair in zip(film.genres, film.genres[1:], strict=False))
    assert 0.35 < shares["Drama"] / SAMPLE < 0.6
    assert 0.2 < shares["Comedy"] / SAMPLE < 0.3
    assert shares["Western"] / SAMPLE < 0.02
    assert pairs["Horror", "Thriller"] > 3 * pairs["Comedy", "Family"] / 2
    assert 1.5 < mean(len(film.genres) for film in sample) < 2.2


def test_few_persons_have_many_credits(sample: list[Film]) -> None:
    credited = Counter(person for film in sample for role in film.crew for person in role)
    assert 9 < credited.total() / SAMPLE < 11
    assert len(credited) == 2 * SAMPLE
    assert 300 < credited.most_common(1)[0][1] < 2000
    assert median(credited.values()) <= 3


def test_few_films_have_most_votes_and_they_are_liked_more(sample: list[Film]) -> None:
    rated = sorted((film for film in sample if film.votes), key=lambda film: film.votes)
    votes = [film.votes for film in rated]
    assert 0.6 < len(rated) / SAMPLE < 0.73
    assert 45 < median(votes) < 75
    assert sum(votes[-len(votes) // 100 :]) > 0.3 * sum(votes)
    tenth = len(rated) // 10
    assert mean(film.rating for film in rated[-tenth:]) - mean(film.rating for film in rated[:tenth]) > 0.7


def test_names_stand_in_two_alphabets() -> None:
    names = [make_person(1, number).name for number in range(2000)]
    assert 0.5 < sum(name.translate({ord("'"): None})[0] < "Ѐ" for name in names) / len(names) < 0.7
    assert len(set(names)) > 1700


def test_files_that_are_there_are_left_alone(tmp_path: Path) -> None:
    (tmp_path / "title.akas.tsv").write_text("mine")
    with pytest.raises(UsageError, match=r"holds title\.akas\.tsv already; name another folder"):
        write_folder(tmp_path, 10, 1)
    assert [path.name for path in tmp_path.iterdir()] == ["title.akas.tsv"]


def test_a_folder_that_cannot_be_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(UsageError, match="cannot be written"):
        write_folder(tmp_path / "file" / "folder", 10, 1)


def test_a_write_that_fails_leaves_no_file(tmp_path: Path) -> None:
    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with pytest.raises(UsageError, match="No space left on device"):
        write_folder(tmp_path, 10, 1, fail)
    assert list(tmp_path.iterdir()) == []
