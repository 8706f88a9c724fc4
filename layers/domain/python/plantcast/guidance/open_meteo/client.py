"""Client of Open-Meteo's forecast services: one GET for a station, JSON, errors by what to do about them.

A customer's key is part of the URL: exceptions and log lines of the HTTP library, which quote the URL, are
not passed on, and redirects not followed.
"""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final
from urllib.parse import quote, urlsplit, urlunsplit

import requests
from tenacity import (
    RetryCallState,
    Retrying,
    retry_if_exception_type,
    stop_after_attempt,
    wait_exponential_jitter,
)

from plantcast import __version__
from plantcast.common.errors import (
    InvalidInputError,
    KeyRejectedError,
    PlantcastError,
    QuotaExhaustedError,
    TemporaryError,
)
from plantcast.common.logging import logger
from plantcast.common.stations import station as known_station

_CONNECT_SECONDS: Final = 5.0
_READ_SECONDS: Final = 15.0
# The next hourly update asks again: a slow service must not take the time of other stations.
_ATTEMPTS: Final = 2
_HOST: Final = "open-meteo.com"
_REASON_CHARS: Final = 200

# Called with every body before anything reads it, refusals and damaged ones included.
Keep = Callable[[bytes], object]


class OpenMeteoClient:
    """Fetches hourly forecasts of `models` for a station.

    `base_url` is the host's URL (`https://api.open-meteo.com`); with a customer's `key` the customers' host
    is called (`customer-api.open-meteo.com`). `sleep` waits between attempts (seconds).

    Raises:
        InvalidInputError: `base_url` is not the URL of a service, or no model is named.
    """

    def __init__(
        self,
        base_url: str,
        models: Sequence[str],
        *,
        key: str = "",
        attempts: int = _ATTEMPTS,
        session: requests.Session | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        if not models:
            raise InvalidInputError(
                "OPEN_METEO_MODELS names no model.", remedy="Name one, for example ecmwf_ifs025."
            )
        self._key = key.strip()
        self._endpoint = _endpoint(base_url, customer=bool(self._key))
        self.models: Final = tuple(models)
        self._session = session or requests.Session()
        self._session.headers["User-Agent"] = f"plantcast/{__version__}"
        for name in ("urllib3.connectionpool", "urllib3.connection", "urllib3.util.retry"):
            logging.getLogger(name).setLevel(logging.ERROR)  # below, it logs URLs
        self._retrying = Retrying(
            retry=retry_if_exception_type(TemporaryError),
            stop=stop_after_attempt(attempts),
            wait=wait_exponential_jitter(initial=1, max=10, jitter=1),
            before_sleep=_log_retry,
            sleep=sleep,
            reraise=True,
        )

    def hourly(
        self, station: str, names: Sequence[str], *, span: Mapping[str, str], keep: Keep
    ) -> dict[str, Any]:
        """Return the reply's JSON object, times in KST.

        Args:
            station: ASOS number, whose place is asked for.
            names: hourly variables as the service calls them.
            span: the parameters that say which hours.
            keep: is given every body as received, the key masked.

        Raises:
            TemporaryError: the service cannot be reached or its reply not be read, after the last attempt.
            QuotaExhaustedError: the minute's, hour's or day's calls are used up (HTTP 429).
            KeyRejectedError: the customer's key is refused.
            InvalidInputError: the service refuses the request; the message has its reason.
        """
        place = known_station(station)
        parameters = {
            "latitude": f"{place.latitude:.4f}",
            "longitude": f"{place.longitude:.4f}",
            "hourly": ",".join(names),
            "models": ",".join(self.models),
            "wind_speed_unit": "ms",
            "timezone": "Asia/Seoul",
            **span,
        }
        return self._retrying(self._fetch, parameters, keep)

    def _fetch(self, parameters: dict[str, str], keep: Keep) -> dict[str, Any]:
        answer = self._get(parameters | ({"apikey": self._key} if self._key else {}))
        body = answer.content
        if self._key:
            for form in (self._key, quote(self._key, safe="")):
                body = body.replace(form.encode(), b"***")
        keep(body)
        return _read(answer.status_code, body)

    def _get(self, parameters: dict[str, str]) -> requests.Response:
        try:
            return self._session.get(
                self._endpoint,
                params=parameters,
                timeout=(_CONNECT_SECONDS, _READ_SECONDS),
                allow_redirects=False,
            )
        except requests.RequestException as error:
            # Its text quotes the URL with the key, so it is not chained: raised outside of this block.
            failure = type(error).__name__
        raise TemporaryError(
            f"Open-Meteo at {urlsplit(self._endpoint).netloc} could not be reached ({failure}).",
            remedy="Check the network and OPEN_METEO_BASE_URL; the next update tries again.",
        )


def _endpoint(base_url: str, *, customer: bool) -> str:
    parts = urlsplit(base_url.strip())
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query:
        raise InvalidInputError(
            f"OPEN_METEO_BASE_URL={base_url!r} is not the URL of a service.",
            remedy=f"Give it without a path, for example https://api.{_HOST}.",
        )
    host = parts.netloc
    if customer and host.endswith(f".{_HOST}") and not host.startswith("customer-"):
        host = f"customer-{host}"
    return urlunsplit((parts.scheme, host, f"{parts.path.rstrip('/')}/v1/forecast", "", ""))


def _read(status: int, body: bytes) -> dict[str, Any]:
    try:
        document = json.loads(body)
    except ValueError:
        document = None
    given = document if isinstance(document, dict) else {}
    if status == requests.codes.ok and "hourly" in given:
        return given
    raise _refusal(status, str(given.get("reason") or "")[:_REASON_CHARS])


def _refusal(status: int, reason: str) -> PlantcastError:
    details = f"HTTP {status}{f', {reason!r}' if reason else ''}"
    if status == requests.codes.too_many_requests:
        return QuotaExhaustedError(
            f"Open-Meteo's quota is used up ({details}).",
            remedy="It is asked again by the next update; call less often, or with a customer's key.",
        )
    if status in (requests.codes.unauthorized, requests.codes.forbidden) or "api key" in reason.lower():
        return KeyRejectedError(
            f"Open-Meteo refused access ({details}).",
            remedy="Put a customer's key into the SSM parameter that OpenMeteoKeyParameter names.",
        )
    # Also where the service says `error` with a reason but another status; a page of a proxy has no reason.
    if reason and status < requests.codes.internal_server_error:
        return InvalidInputError(
            f"Open-Meteo refused the request ({details}).",
            remedy="Correct OpenMeteoModels; the models are listed at https://open-meteo.com/en/docs.",
        )
    return TemporaryError(
        f"Open-Meteo sent a reply that cannot be read ({details}).",
        remedy="Check OPEN_METEO_BASE_URL; the next update tries again.",
    )


def _log_retry(state: RetryCallState) -> None:
    error = state.outcome.exception() if state.outcome is not None else None
    logger.warning(
        "Open-Meteo call failed, repeating", extra={"attempt": state.attempt_number, "error": str(error)}
    )
