"""The service's request: its parameters, what each may hold, and the codes a wrong one is refused with."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Final, Literal

from pydantic import BaseModel, Field, ValidationError

from plantcast.common.clock import KST

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
ONLY_UNTIL_YESTERDAY: Final = "전날 자료까지 제공됩니다. 날짜 범위를 확인해주세요."

MAX_ROWS: Final = 999


class Refusal(Exception):
    """The service answers with a code other than 00."""

    def __init__(self, code: str, message: str | None = None) -> None:
        self.code = code
        self.message = message or MESSAGES[code]
        super().__init__(code, self.message)


class Query(BaseModel):
    """The parameters of a request under the service's names: `rows` of one station, hours in KST."""

    dataCd: Literal["ASOS"]
    dateCd: Literal["HR"]
    startDt: str = Field(pattern=r"^[0-9]{8}$")
    startHh: str = Field(pattern=r"^[0-9]{2}$")
    endDt: str = Field(pattern=r"^[0-9]{8}$")
    endHh: str = Field(pattern=r"^[0-9]{2}$")
    stnIds: str = Field(pattern=r"^[0-9]{1,5}$")
    pageNo: int = Field(default=1, ge=1)
    numOfRows: int = Field(default=10, ge=1)
    # XML unless JSON is requested, also when the request is refused.
    dataType: Literal["JSON", "XML"] = "XML"

    @property
    def start(self) -> datetime:
        """The first hour."""
        return _hour(self.startDt, self.startHh, "startDt")

    @property
    def end(self) -> datetime:
        """The last hour, included."""
        return _hour(self.endDt, self.endHh, "endDt")

    @property
    def rows(self) -> int:
        """Rows on a page: more than 999 are served as 999."""
        return min(self.numOfRows, MAX_ROWS)


def parse_query(parameters: Mapping[str, str]) -> Query:
    """Validate the parameters of one request.

    Raises:
        Refusal: 11 without a mandatory parameter, 10 when one is invalid; the message names it.
    """
    try:
        query = Query.model_validate({name: value for name, value in parameters.items() if value})
    except ValidationError as error:
        wrong = {str(one["loc"][0]): one["type"] for one in error.errors()}
        missing = [name for name, kind in wrong.items() if kind == "missing"]
        raise _refusal("11" if missing else "10", (missing or list(wrong))[0]) from error
    if query.start > query.end:
        raise _refusal("10", "endDt")
    return query


def last_hour_available(now: datetime, *, complete_from_hour: int, hours_before: int) -> datetime:
    """Return the last hour that has been published by `now`.

    Yesterday is complete from `complete_from_hour` on; until then it has its first `hours_before` hours.
    """
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    if now.hour >= complete_from_hour:
        return midnight - timedelta(hours=1)
    return midnight - timedelta(hours=25 - hours_before)


def _hour(day: str, hour: str, name: str) -> datetime:
    try:
        return datetime.strptime(day + hour, "%Y%m%d%H").replace(tzinfo=KST)
    except ValueError:
        raise _refusal("10", name) from None


def _refusal(code: str, name: str) -> Refusal:
    return Refusal(code, f"{MESSAGES[code]} ({name})")
