"""What the services of data.go.kr share: result codes, the service key, parameters and pages."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import ClassVar, Final, Literal, TypeVar

from pydantic import BaseModel, Field, ValidationError

NORMAL: Final = "00"
NO_DATA: Final = "03"
NO_SUCH_SERVICE: Final = "12"
ACCESS_DENIED: Final = "20"
DAILY_QUOTA: Final = "22"
KEY_NOT_REGISTERED: Final = "30"

MESSAGES: Final = MappingProxyType(
    {
        NORMAL: "NORMAL_SERVICE",
        "01": "APPLICATION_ERROR",
        "02": "DB_ERROR",
        NO_DATA: "NO_DATA",
        "04": "HTTP_ERROR",
        "05": "SERVICETIMEOUT_ERROR",
        "10": "INVALID_REQUEST_PARAMETER_ERROR",
        "11": "NO_MANDATORY_REQUEST_PARAMETERS_ERROR",
        NO_SUCH_SERVICE: "NO_OPENAPI_SERVICE_ERROR",
        ACCESS_DENIED: "SERVICE_ACCESS_DENIED_ERROR",
        "21": "TEMPORARILY_DISABLE_THE_SERVICEKEY_ERROR",
        DAILY_QUOTA: "LIMITED_NUMBER_OF_SERVICE_REQUESTS_EXCEEDS_ERROR",
        "23": "LIMITED_NUMBER_OF_SERVICE_REQUESTS_PER_SECOND_EXCEEDS_ERROR",
        "29": "BLACKLIST_IP_ACCESS_ERROR",
        KEY_NOT_REGISTERED: "SERVICE_KEY_IS_NOT_REGISTERED_ERROR",
        "31": "DEADLINE_HAS_EXPIRED_ERROR",
        "32": "UNREGISTERED_IP_ERROR",
        "33": "UNSIGNED_CALL_ERROR",
        "99": "UNKNOWN_ERROR",
    }
)


class Refusal(Exception):
    """The service answers with a code other than 00."""

    def __init__(self, code: str, message: str | None = None) -> None:
        self.code = code
        self.message = message or MESSAGES[code]
        super().__init__(code, self.message)


class PageQuery(BaseModel):
    """Which page of the result, how many rows on it, and its format."""

    max_rows: ClassVar[int]

    pageNo: int = Field(default=1, ge=1)
    numOfRows: int = Field(default=10, ge=1)
    # XML unless JSON is requested, also when the request is refused.
    dataType: Literal["JSON", "XML"] = "XML"

    @property
    def rows(self) -> int:
        """Rows on a page: more than `max_rows` are served as `max_rows`."""
        return min(self.numOfRows, self.max_rows)

    @property
    def first(self) -> int:
        """The index of the page's first row."""
        return (self.pageNo - 1) * self.rows


QueryT = TypeVar("QueryT", bound=PageQuery)


def parse(model: type[QueryT], parameters: Mapping[str, str]) -> QueryT:
    """Validate the parameters of one request.

    Raises:
        Refusal: 11 without a mandatory parameter, 10 when one is invalid; the message names it.
    """
    try:
        return model.model_validate({name: value for name, value in parameters.items() if value})
    except ValidationError as error:
        wrong = {str(one["loc"][0]): one["type"] for one in error.errors()}
        missing = [name for name, kind in wrong.items() if kind == "missing"]
        raise invalid((missing or list(wrong))[0], code="11" if missing else "10") from error


def invalid(name: str, *, code: str = "10") -> Refusal:
    """Return the refusal that names a wrong parameter."""
    return Refusal(code, f"{MESSAGES[code]} ({name})")


def check_key(parameters: Mapping[str, str], key: str) -> None:
    """Compare the key as it stands after the query string was decoded once.

    A key encoded twice still holds `%2B` here, one sent unencoded has spaces for `+`: both are unknown.

    Raises:
        Refusal: 20 without a key, 30 with another one.
    """
    # The gateway knows the key under both spellings.
    received = parameters.get("serviceKey") or parameters.get("ServiceKey")
    if not received:
        raise Refusal(ACCESS_DENIED)
    if received != key:
        raise Refusal(KEY_NOT_REGISTERED)
