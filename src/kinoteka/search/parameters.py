"""What lists and search take from a query string."""

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field

from kinoteka.catalogue.documents import KINDS, Kind
from kinoteka.catalogue.schemas import Role
from kinoteka.errors import Fault
from kinoteka.web.decode import JOINED, Checked
from kinoteka.web.page_query import Numbered, Paged, PageSize
from kinoteka.web.parameters import DECIMAL, WHOLE, Id, Text, Wordy

_RANGES = ("rating", "year", "minutes")

Rating = Annotated[float, Field(ge=1, le=10), DECIMAL]
Year = Annotated[int, Field(ge=1800, le=2200), WHOLE]
Minutes = Annotated[int, Field(ge=1, le=100_000), WHOLE]
FilmPageSize = Annotated[Literal[20, 50, 100], WHOLE]


def _sorted_once(values: tuple[Any, ...]) -> tuple[Any, ...]:
    return tuple(sorted(set(values)))


def _split_ids(value: Any) -> Any:
    return tuple(one.strip() for one in value.lower().split(",")) if isinstance(value, str) else value


def _each_once(values: tuple[Any, ...]) -> tuple[Any, ...]:
    return tuple(dict.fromkeys(values))


class FilmFilters(Checked):
    """All must hold; ranges include both ends."""

    genre: Annotated[
        tuple[Text, ...],
        Field(
            max_length=20,
            description="Id or name; given several times: any of them. A name that no genre has is refused, "
            "an id that no genre has finds nothing.",
        ),
        AfterValidator(_sorted_once),
    ] = ()
    rating_from: Annotated[Rating | None, Field(description="Lowest rating; leaves out unrated films.")] = None
    rating_to: Annotated[Rating | None, Field(description="Highest rating; leaves out unrated films.")] = None
    year_from: Annotated[Year | None, Field(description="First year.")] = None
    year_to: Annotated[Year | None, Field(description="Last year.")] = None
    minutes_from: Annotated[Minutes | None, Field(description="Shortest running time.")] = None
    minutes_to: Annotated[Minutes | None, Field(description="Longest running time.")] = None
    person: Annotated[Id | None, Field(description="Id of somebody who took part.")] = None
    role: Annotated[Role | None, Field(description="What the person did; goes with `person`.")] = None
    title_prefix: Annotated[Wordy | None, Field(description="How any of the film's titles begins.")] = None

    @classmethod
    def faults(cls, valid: Mapping[str, Any]) -> Iterator[Fault]:
        yield from super().faults(valid)
        yield from _crossed_ranges(valid)
        if "role" in valid and "person" not in valid and "person" in cls.model_fields:
            yield Fault(code="needs_person", detail="Goes with person, whose id must be given too", parameter="role")


def _crossed_ranges(valid: Mapping[str, Any]) -> Iterator[Fault]:
    for name in _RANGES:
        low, high = valid.get(f"{name}_from"), valid.get(f"{name}_to")
        if low is not None and high is not None and low > high:
            yield Fault(code="range", detail=f"Must not be above {name}_to, which is {high}", parameter=f"{name}_from")


class FilmPaged(Paged):
    page_size: Annotated[FilmPageSize, Field(description="Films on a page.")] = 50


FilmSorting = Literal[
    "rating",
    "-rating",
    "year",
    "-year",
    "minutes",
    "-minutes",
    "title",
    "-title",
    "votes",
    "-votes",
    "weighted_rating",
    "-weighted_rating",
    "created_at",
    "-created_at",
]
NameSorting = Literal["name", "-name", "film_count", "-film_count"]

SORT_RULES = "A leading minus is descending; films without a value come last either way, ties go by id."


class FilmList(FilmFilters, FilmPaged):
    sort: Annotated[FilmSorting, Field(description=SORT_RULES)] = "-votes"
    ids: Annotated[
        tuple[Id, ...],
        Field(
            max_length=100,
            description="Up to 100 ids with commas between them: these films in this order, unknown ones left out. "
            "On one page, without links. Goes with no other parameter, unless that says its default.",
            json_schema_extra={JOINED: True},
        ),
        BeforeValidator(_split_ids),
        AfterValidator(_each_once),
    ] = ()

    @classmethod
    def faults(cls, valid: Mapping[str, Any]) -> Iterator[Fault]:
        yield from super().faults(valid)
        if "ids" in valid:
            others = {name for name in valid if valid[name] != cls.model_fields[name].default}
            for name in sorted(others - {"ids"}):
                yield Fault(code="conflict", detail="Does not go with ids", parameter=name)


class TopList(FilmFilters, FilmPaged):
    pass


class FilmsOfPerson(FilmPaged):
    role: Annotated[Role | None, Field(description="What the person did in them.")] = None
    sort: Annotated[FilmSorting, Field(description=SORT_RULES)] = "-year"


class FilmsOfGenre(FilmPaged):
    sort: Annotated[FilmSorting, Field(description=SORT_RULES)] = "-votes"


class Similar(Numbered):
    page_size: Annotated[FilmPageSize, Field(description="Films on a page.")] = 20


class PersonList(Paged):
    q: Annotated[
        Wordy | None, Field(description="Beginnings of the words of a name, or a whole name however spelled.")
    ] = None
    role: Annotated[Role | None, Field(description="Who did this in at least one film.")] = None
    sort: Annotated[NameSorting, Field(description="A leading minus is descending; ties go by id.")] = "-film_count"


class GenreList(Paged):
    sort: Annotated[NameSorting, Field(description="A leading minus is descending; ties go by id.")] = "name"


class SearchQuery(FilmFilters, Paged):
    q: Annotated[Text, Field(description="What somebody typed: any script, misspelled, without syntax.")]
    kind: Annotated[
        tuple[Kind, ...],
        Field(description="What to find; given several times: any of them."),
        AfterValidator(_sorted_once),
    ] = _sorted_once(KINDS)
    page_size: Annotated[PageSize, Field(description="Items on a page.")] = 20


class SuggestQuery(Checked):
    q: Annotated[Text, Field(description="What has been typed so far.")]
