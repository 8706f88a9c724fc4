"""The service's result codes and what it calls them."""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

NORMAL: Final = "00"
NO_DATA: Final = "03"
INVALID_PARAMETER: Final = "10"
MISSING_PARAMETER: Final = "11"
NO_SUCH_SERVICE: Final = "12"
ACCESS_DENIED: Final = "20"
DAILY_QUOTA: Final = "22"
KEY_NOT_REGISTERED: Final = "30"
UNKNOWN: Final = "99"

MESSAGES: Final = MappingProxyType(
    {
        NORMAL: "NORMAL_SERVICE",
        "01": "APPLICATION_ERROR",
        "02": "DB_ERROR",
        NO_DATA: "NO_DATA",
        "04": "HTTP_ERROR",
        "05": "SERVICETIMEOUT_ERROR",
        INVALID_PARAMETER: "INVALID_REQUEST_PARAMETER_ERROR",
        MISSING_PARAMETER: "NO_MANDATORY_REQUEST_PARAMETERS_ERROR",
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
        UNKNOWN: "UNKNOWN_ERROR",
    }
)

# Refused by the portal's gateway before the KMA's service is reached; the gateway answers in its own XML.
GATEWAY_CODES: Final = frozenset({"12", "20", "21", "22", "23", "29", "30", "31", "32", "33"})

ONLY_UNTIL_YESTERDAY: Final = "전날 자료까지 제공됩니다. 날짜 범위를 확인해주세요."


class Refusal(Exception):
    """The service answers with a code other than 00."""

    def __init__(self, code: str, message: str | None = None) -> None:
        self.code = code
        self.message = message or MESSAGES[code]
        super().__init__(code, self.message)
