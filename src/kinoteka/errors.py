"""Errors that an answer or an exit status can be made of. An error class carries its HTTP status."""

from typing import ClassVar

from msgspec import Struct


class Fault(Struct, frozen=True, omit_defaults=True):
    """One thing that is wrong with a request: where (`parameter` or JSON `pointer`), which rule (`code`), in words.

    `link`: the address of what stands in the way.
    """

    code: str
    detail: str
    parameter: str | None = None
    pointer: str | None = None
    link: str | None = None


class KinotekaError(Exception):
    """Base of every error a user may see; its text is one sentence that says what to do next."""

    status: ClassVar[int] = 500
    title: ClassVar[str] = "Internal server error"
    kind: ClassVar[str] = "internal"

    def __init__(self, detail: str, faults: list[Fault] | None = None, headers: dict[str, str] | None = None) -> None:
        super().__init__(detail)
        self.detail = detail
        self.faults = faults or []
        self.headers = headers or {}


class MovedError(KinotekaError):
    """What the path calls `old` is called `new` now; `Location` is made of the request's own address."""

    status, title, kind = 308, "Moved for good", "moved"

    def __init__(self, detail: str, old: str, new: str) -> None:
        super().__init__(detail)
        self.old, self.new = old, new


class MalformedError(KinotekaError):
    status, title, kind = 400, "Malformed request", "malformed"


class UnauthorizedError(KinotekaError):
    """Nobody is signed in, or not any more; `reason` is RFC 6750's error, None when no token was sent."""

    status, title, kind = 401, "Unauthorized", "unauthorized"

    def __init__(self, detail: str, reason: str | None = None) -> None:
        challenge = 'Bearer realm="kinoteka"' + (f', error="{reason}"' if reason else "")
        super().__init__(detail, headers={"WWW-Authenticate": challenge})


class ForbiddenError(KinotekaError):
    status, title, kind = 403, "Forbidden", "forbidden"


class NotFoundError(KinotekaError):
    status, title, kind = 404, "Not found", "not-found"


class NotAcceptableError(KinotekaError):
    status, title, kind = 406, "Not acceptable", "not-acceptable"


class RequestTimeoutError(KinotekaError):
    """The client was too slow."""

    status, title, kind = 408, "Request timeout", "request-timeout"


class ConflictError(KinotekaError):
    status, title, kind = 409, "Conflict", "conflict"


class PreconditionFailedError(KinotekaError):
    """It is not any more what If-Match says."""

    status, title, kind = 412, "Precondition failed", "precondition-failed"


class TooLargeError(KinotekaError):
    status, title, kind = 413, "Content too large", "content-too-large"


class UnsupportedMediaTypeError(KinotekaError):
    status, title, kind = 415, "Unsupported media type", "unsupported-media-type"


class InvalidError(KinotekaError):
    """The request was understood and is wrong; `faults` names everything that is."""

    status, title, kind = 422, "Invalid request", "invalid"


class PreconditionRequiredError(KinotekaError):
    status, title, kind = 428, "Precondition required", "precondition-required"


class TooManyRequestsError(KinotekaError):
    """`retry_after`: seconds; `headers`: the RateLimit fields of the limit that was passed."""

    status, title, kind = 429, "Too many requests", "too-many-requests"

    def __init__(self, detail: str, retry_after: int, headers: dict[str, str] | None = None) -> None:
        super().__init__(detail, headers={"Retry-After": str(retry_after), **(headers or {})})


class UnavailableError(KinotekaError):
    """A dependency that this request needs is down; `Retry-After` is in `headers`."""

    status, title, kind = 503, "Service unavailable", "unavailable"

    def __init__(self, detail: str, retry_after: int = 2) -> None:
        super().__init__(detail, headers={"Retry-After": str(retry_after)})


class UsageError(KinotekaError):
    """A person at the command line asked for what cannot be done: printed as one sentence, exit status 1."""

    kind = "usage"
