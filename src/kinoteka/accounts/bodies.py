"""What accounts take as JSON. The validators look at `Rules`, the settings that matter to them."""

from dataclasses import dataclass
from typing import Annotated, Any, Literal, cast

from pydantic import AfterValidator, Field, SecretStr, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

from kinoteka.accounts.passwords import About, find_weakness, normalize_password
from kinoteka.accounts.permissions import NAMES
from kinoteka.accounts.phones import normalize_phone
from kinoteka.settings import Settings
from kinoteka.web.decode import Body


@dataclass(frozen=True)
class Rules:
    region: str
    password_minimum: int


def rules_of(settings: Settings) -> Rules:
    return Rules(settings.default_region, settings.password_minimum)


def _rules(info: ValidationInfo) -> Rules:
    return cast("Rules", info.context)


def _phone(value: str, info: ValidationInfo) -> str:
    try:
        return normalize_phone(value, _rules(info).region)
    except ValueError as error:
        raise PydanticCustomError("phone", "{reason}", {"reason": str(error)}) from None


def _line(value: str) -> str:
    """One line of text, as it will be shown."""
    text = " ".join(value.split())
    if not text or not text.isprintable():
        raise PydanticCustomError("blank", "Must hold visible characters, and no control characters")
    return text


def _permission(value: str) -> str:
    if value not in NAMES:
        raise PydanticCustomError("choice", "{reason}", {"reason": f"Must be one of {', '.join(sorted(NAMES))}"})
    return value


Phone = Annotated[
    str,
    Field(
        max_length=40,
        description="In any spelling; without a country code it is one of this site's country.",
        json_schema_extra={"format": "phone"},
    ),
    AfterValidator(_phone),
]
Name = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(_line)]
Age = Annotated[int, Field(ge=0, le=150)]
Password = Annotated[
    SecretStr,
    Field(
        description="8 to 128 characters of any kind; not a common one, and not built on the phone or the name.",
    ),
]
CurrentPassword = Annotated[SecretStr, Field(description="The one in use now.")]
RoleName = Annotated[str, Field(min_length=1, max_length=100), AfterValidator(_line)]
Description = Annotated[str, Field(min_length=1, max_length=1000), AfterValidator(_line)]
PermissionNames = Annotated[
    frozenset[Annotated[str, AfterValidator(_permission)]],
    Field(max_length=100, description="Names of `/api/v1/permissions`."),
]


def _check_password(value: SecretStr, info: ValidationInfo, about: About) -> SecretStr:
    password = normalize_password(value.get_secret_value())
    weakness = find_weakness(password, _rules(info).password_minimum, about)
    if weakness:
        code, reason = weakness
        raise PydanticCustomError(code, "{reason}", {"reason": reason})
    return SecretStr(password)


class Register(Body):
    phone: Phone
    name: Name | None = None
    age: Age | None = None
    password: Password

    @field_validator("password")
    @classmethod
    def _strong(cls, value: SecretStr, info: ValidationInfo) -> SecretStr:
        return _check_password(value, info, About(info.data.get("phone"), info.data.get("name")))


class Login(Body):
    phone: Phone
    password: CurrentPassword
    device_token: Annotated[
        str | None, Field(max_length=200, description="What an earlier sign-in on this device gave.")
    ] = None


class Refresh(Body):
    refresh_token: Annotated[str, Field(max_length=4096)]


class ProfileChange(Body):
    """What is left out stays as it is; null takes it away."""

    name: Name | None = None
    age: Age | None = None


class PhoneChange(Body):
    phone: Phone
    current_password: CurrentPassword


class PasswordChange(Body):
    password: Password
    current_password: CurrentPassword

    @field_validator("password")
    @classmethod
    def _strong(cls, value: SecretStr, info: ValidationInfo) -> SecretStr:
        return _check_password(value, info, About())


class Deletion(Body):
    current_password: CurrentPassword
    ratings: Annotated[
        Literal["delete", "keep"],
        Field(description="`delete` takes the scores back; `keep` leaves them with the films, without a name."),
    ] = "delete"


class UserChange(Body):
    active: bool


class NewRole(Body):
    name: RoleName
    description: Description | None = None
    permissions: PermissionNames


class RoleChange(Body):
    """What is left out stays as it is."""

    name: RoleName | None = None
    description: Description | None = None
    permissions: PermissionNames | None = None


def given(body: Body) -> dict[str, Any]:
    """The fields that were sent, null ones too."""
    return {name: getattr(body, name) for name in body.model_fields_set}
