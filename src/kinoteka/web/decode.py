"""The request decoder: reports every fault of path, query, headers and body at once, each with its place."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache, cached_property
from typing import Annotated, Any, Generic, TypeVar, cast, get_origin

from msgspec import DecodeError, Struct
from msgspec.json import decode as decode_json
from msgspec.structs import replace
from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError
from pydantic.fields import FieldInfo

from kinoteka.errors import Fault, InvalidError, MalformedError
from kinoteka.web.deed import Deed
from kinoteka.web.faults import explain
from kinoteka.web.guard import Caller
from kinoteka.web.parameters import Nothing, Parameters
from kinoteka.web.query_string import Given, parse_query, shorten

_MOST_FAULTS = 50
JOINED = "x-joined"
"""In a field's json_schema_extra: a tuple written as one value with commas."""
DEFAULT_UNSAID = "x-default-unsaid"

P = TypeVar("P", bound=Parameters)
B = TypeVar("B", bound=BaseModel)


class Body(BaseModel):
    """Base of what a route takes as JSON: strict in its types, and no field but those it names."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Checked(Parameters):
    """Parameters that also have rules between them."""

    @classmethod
    def faults(cls, valid: Mapping[str, Any]) -> Iterator[Fault]:
        """What is wrong between values; `valid` holds those that are right on their own and were given."""
        yield from ()


@dataclass(frozen=True)
class Field:
    name: str
    info: FieldInfo
    adapter: TypeAdapter[Any]
    repeatable: bool
    default_unsaid: bool
    """Tools fill in the defaults they read, so one that excludes another parameter stands in the description alone."""

    @cached_property
    def schema(self) -> dict[str, Any]:
        """As JSON Schema, not to be changed: many routes share a field, and making it takes half a millisecond."""
        return self.adapter.json_schema()


@cache
def fields_of(model: type[Parameters]) -> dict[str, Field]:
    return {name: _field(name, info) for name, info in model.model_fields.items()}


@cache
def _defaults_of(model: type[Parameters]) -> dict[str, Any]:
    """What pydantic would find anew for each request. Nothing changes them: all are immutable."""
    return {name: info.default for name, info in model.model_fields.items() if not info.is_required()}


def _field(name: str, info: FieldInfo) -> Field:
    kind: Any = Annotated[(info.annotation, *info.metadata)] if info.metadata else info.annotation
    said = info.json_schema_extra if isinstance(info.json_schema_extra, dict) else {}
    repeatable = get_origin(info.annotation) is tuple and not said.get(JOINED)
    return Field(name, info, TypeAdapter(kind), repeatable, bool(said.get(DEFAULT_UNSAID)))


class Sent(Struct, frozen=True):
    """A request as it came: what is decoded. `body` is None where the route takes none."""

    path: Mapping[str, str]
    query: bytes
    headers: Mapping[bytes, bytes]
    body: bytes | None = None
    client: str = ""
    request_id: str = ""


class Expected(Struct, Generic[P], frozen=True):
    path: type[Parameters]
    query: type[P]
    headers: type[Parameters] = Nothing
    body: type[Body] | None = None
    context: object = None


class Call(Struct, Generic[P], frozen=True):
    """A decoded request: `path` parameters by name, `query` and `body` as their models.

    `headers` are as they came, by lower-case name; `parameters` are those headers that the route declares.
    """

    path: Mapping[str, Any]
    query: P
    headers: Mapping[bytes, bytes]
    parameters: Mapping[str, Any] = {}
    body: Any = None
    client: str = ""
    """The address that asks."""
    request_id: str = ""
    caller: Caller | None = None
    """Who is signed in; None on public routes."""
    deed: Deed | None = None
    """What a handler that keeps its deeds itself is to do once, by its Idempotency-Key."""

    @property
    def user(self) -> Caller:
        """The caller of a route that needs one."""
        if self.caller is None:
            raise LookupError("this route is public")
        return self.caller


def decode_call(expected: Expected[P], sent: Sent, caller: Caller | None = None) -> Call[P]:
    """Raises InvalidError with every fault of path, query, headers and body; MalformedError for no JSON."""
    given, faults = parse_query(sent.query)
    path, path_faults = _values(expected.path, {name: [value] for name, value in sent.path.items()})
    query, query_faults = _values(expected.query, given)
    headers, header_faults = _headers(expected.headers, sent.headers)
    body, body_faults = _body(expected, sent.body)
    faults = [*path_faults, *faults, *query_faults, *header_faults, *body_faults]
    if issubclass(expected.query, Checked):
        faults += expected.query.faults(query)
    if faults:
        raise invalid(faults)
    valid = cast("P", expected.query.model_construct(set(query), **(_defaults_of(expected.query) | query)))
    return Call(path, valid, sent.headers, headers, body, sent.client, sent.request_id, caller)


def header_name(field_name: str) -> str:
    """`if_match` is If-Match."""
    return "-".join(part.title() for part in field_name.split("_"))


@cache
def _keys_of(model: type[Parameters]) -> dict[str, bytes]:
    return {name: header_name(name).lower().encode() for name in model.model_fields}


def _headers(model: type[Parameters], headers: Mapping[bytes, bytes]) -> tuple[dict[str, Any], list[Fault]]:
    given = {name: [headers[key].decode("latin-1")] for name, key in _keys_of(model).items() if key in headers}
    values, faults = _values(model, given)
    return values, [replace(fault, parameter=header_name(fault.parameter or "")) for fault in faults]


def invalid(faults: list[Fault]) -> InvalidError:
    return InvalidError(_summary(faults), faults[:_MOST_FAULTS])


def _summary(faults: list[Fault]) -> str:
    what = "field" if all(fault.pointer is not None for fault in faults) else "parameter"
    return f"One {what} is wrong." if len(faults) == 1 else f"{len(faults)} {what}s are wrong."


def _values(model: type[Parameters], given: Given) -> tuple[dict[str, Any], list[Fault]]:
    fields = fields_of(model)
    if not fields and not given:
        return {}, []
    faults = list(_unknown(given, fields))
    values: dict[str, Any] = {}
    for name, one in fields.items():
        texts = given.get(name)
        if texts is None:
            if one.info.is_required():
                faults.append(Fault(code="missing", detail="Must be given", parameter=name))
            continue
        try:
            if texts:
                values[name] = _value(one, texts)
        except InvalidError as error:
            faults += error.faults
    return values, faults


def _unknown(given: Given, fields: Mapping[str, Field]) -> Iterator[Fault]:
    for name in list(given.keys() - fields.keys())[:_MOST_FAULTS]:
        shown = shorten(name)
        near = get_close_matches(shown, fields, n=1)
        hint = f"; did you mean {near[0]}?" if near else f"; known are {', '.join(fields)}" if fields else ""
        yield Fault(code="unknown", detail=f"There is no such parameter{hint}", parameter=shown)


def _value(field: Field, texts: list[str]) -> Any:
    if len(texts) > 1 and not field.repeatable:
        raise _invalid(field, "repeated", "Must be given once")
    if "" in texts:
        raise _invalid(field, "empty", "Must not be empty")
    try:
        return field.adapter.validate_python(tuple(texts) if field.repeatable else texts[0])
    except ValidationError as error:
        raise InvalidError("", [_parameter_fault(field, fault) for fault in error.errors(include_url=False)]) from None


def _parameter_fault(field: Field, error: Any) -> Fault:
    code, detail = explain(error)
    if error["loc"]:  # one of several values: its place alone would not say which once doubles are gone
        detail = f"{detail}; «{shorten(str(error['input']))}» is wrong"
    return Fault(code=code, detail=detail, parameter=field.name)


def _invalid(field: Field, code: str, detail: str) -> InvalidError:
    return InvalidError("", [Fault(code=code, detail=detail, parameter=field.name)])


def _body(expected: Expected[Any], body: bytes | None) -> tuple[Any, list[Fault]]:
    if expected.body is None or body is None:
        return None, []
    try:
        return decode_body(expected.body, body, expected.context), []
    except InvalidError as error:
        return None, error.faults


def decode_body(model: type[B], body: bytes, context: object = None) -> B:
    """Raises MalformedError when it is no JSON, InvalidError with a JSON pointer (RFC 6901) for each fault."""
    try:
        decode_json(body)
    except (DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise MalformedError(f"The body is not JSON: {error}") from None
    try:
        return model.model_validate_json(body, context=context)
    except ValidationError as error:
        raise invalid([_body_fault(fault) for fault in error.errors(include_url=False)]) from None


def _body_fault(error: Any) -> Fault:
    code, detail = explain(error)
    return Fault(code=code, detail=detail, pointer=_pointer(error["loc"]))


def _pointer(place: tuple[int | str, ...]) -> str:
    return "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in place)
