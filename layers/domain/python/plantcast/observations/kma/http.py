"""HTTP to the KMA: one GET that keeps the service key to itself.

The key stands in the URL, so it would stand in every exception, log line and redirect of an HTTP library:
here it is taken out of all of them. A reply is read against a deadline and a size, since a timeout of the
library only bounds the wait for the next byte.
"""

from __future__ import annotations

import logging
import re
import time
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote, quote_plus, unquote, urljoin, urlsplit

import requests
import urllib3

from plantcast import __version__
from plantcast.common.errors import InvalidInputError, KeyRejectedError, TemporaryError

OPERATION: Final = "getWthrDataList"
SOURCE_HEADER: Final = "X-Plantcast-Source"
# A page of 999 rows is 0.9 MB; the KMA has been seen to take tens of seconds on busy mornings.
CONNECT_SECONDS: Final = 5.0
READ_SECONDS: Final = 60.0
_LONGEST_BODY: Final = 32 * 1024 * 1024
_PIECE: Final = 64 * 1024
_MAX_REDIRECTS: Final = 3


@dataclass(frozen=True)
class HttpReply:
    """What came back, whatever its status. `retry_after` are the seconds a throttling server asks for."""

    status: int
    body: bytes
    declared_source: str | None
    retry_after: float | None


class KmaHttp:
    """GETs of one service with one key.

    `base_url` is the service's URL without the operation; `service_key` may be the encoded or the decoded
    form the portal shows.

    Raises:
        InvalidInputError: `base_url` is no URL of a service.
        KeyRejectedError: the key is empty.
    """

    def __init__(self, base_url: str, service_key: str, session: requests.Session | None = None) -> None:
        self._endpoint = _endpoint(base_url)
        self._key = _plain_key(service_key)
        self._session = session or requests.Session()
        self._session.headers["User-Agent"] = f"plantcast/{__version__}"
        _keep_keys_out_of_logs()

    def get(self, parameters: dict[str, str]) -> HttpReply:
        """Send one request, following redirects on the same host only: the URL carries the key.

        Raises:
            TemporaryError: there was no whole reply.
        """
        url, query = self._endpoint, {"serviceKey": self._key, **parameters}
        for _ in range(_MAX_REDIRECTS + 1):
            reply, location = self._send(url, query)
            if location is None:
                return reply
            target = urljoin(url, location)
            if not _same_host(url, target):
                raise TemporaryError(
                    f"The KMA redirects to another host, {urlsplit(target).hostname}; the key stays here.",
                    remedy="Check ASOS_BASE_URL; if it is right, repeat the call later.",
                )
            url, query = target, {}
        raise TemporaryError(f"The KMA redirected {_MAX_REDIRECTS + 1} times.", remedy="Check ASOS_BASE_URL.")

    def redact(self, text: str) -> str:
        """Return `text` with the key taken out, in whatever form it stands there."""
        for form in self._forms():
            text = text.replace(form, "***")
        return _KEY_IN_URL.sub(r"\1***", text)

    def redact_bytes(self, body: bytes) -> bytes:
        """Return a body with the key taken out; the KMA never sends it back, an error page of a proxy may."""
        for form in self._forms():
            body = body.replace(form.encode(), b"***")
        return body

    def _forms(self) -> list[str]:
        forms = {self._key, quote(self._key, safe=""), quote(self._key), quote_plus(self._key)}
        return sorted(forms, key=len, reverse=True)

    def _send(self, url: str, query: dict[str, str]) -> tuple[HttpReply, str | None]:
        """Return the reply, and where it redirects to."""
        try:
            with self._session.get(
                url, params=query, timeout=(CONNECT_SECONDS, READ_SECONDS), allow_redirects=False, stream=True
            ) as response:
                location = response.headers["location"] if response.is_redirect else None
                reply = HttpReply(
                    status=response.status_code,
                    body=_read(response),
                    declared_source=response.headers.get(SOURCE_HEADER),
                    retry_after=_seconds(response.headers.get("Retry-After")),
                )
                return reply, location
        except (requests.RequestException, urllib3.exceptions.HTTPError) as error:
            # The library's exception quotes the URL with the key, so it must not be chained either: the new
            # one is raised outside of this block.
            failure = f"{type(error).__name__}: {self.redact(str(error))[:300]}"
        host = urlsplit(self._endpoint).netloc
        raise TemporaryError(
            f"The KMA at {host} could not be reached ({failure}).",
            remedy="Check the network and ASOS_BASE_URL, then repeat the call.",
        )


def _read(response: requests.Response) -> bytes:
    until = time.monotonic() + READ_SECONDS
    body = bytearray()
    # Not `iter_content`: that fills each piece before it returns, however slowly the bytes come.
    while piece := response.raw.read1(_PIECE, decode_content=True):
        body += piece
        if len(body) > _LONGEST_BODY:
            raise requests.exceptions.ContentDecodingError(f"the reply is longer than {_LONGEST_BODY} bytes")
        if time.monotonic() > until:
            raise requests.exceptions.ReadTimeout(f"the reply was not whole after {READ_SECONDS:.0f} s")
    return bytes(body)


def _seconds(retry_after: str | None) -> float | None:
    """Read Retry-After given in seconds; a date there is left alone, our own backoff is then as good."""
    text = (retry_after or "").strip()
    return float(text) if text.isascii() and text.isdigit() else None


def _endpoint(base_url: str) -> str:
    parts = urlsplit(base_url.strip())
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query:
        raise InvalidInputError(
            f"ASOS_BASE_URL={base_url!r} is not the URL of a service.",
            remedy="Give it without a query, for example https://apis.data.go.kr/1360000/AsosHourlyInfoService.",
        )
    url = parts.geturl().rstrip("/")
    return url if url.endswith(f"/{OPERATION}") else f"{url}/{OPERATION}"


def _plain_key(service_key: str) -> str:
    """Return the decoded form: the HTTP library encodes it once. A decoded key holds no percent sign."""
    key = service_key.strip()
    if not key:
        raise KeyRejectedError(
            "The KMA service key is empty.",
            remedy="Put the data.go.kr key (service 15057210) into the SSM parameter of KMA_KEY_PARAMETER.",
        )
    return unquote(key) if "%" in key else key


def _same_host(url: str, target: str) -> bool:
    """Whether `target` may be followed: same host and port, or the same host's https."""
    old, new = urlsplit(url), urlsplit(target)
    if old.hostname != new.hostname:
        return False
    if (old.scheme, old.port) == (new.scheme, new.port):
        return True
    return (
        (old.scheme, new.scheme) == ("http", "https") and old.port in (None, 80) and new.port in (None, 443)
    )


_KEY_IN_URL: Final = re.compile(r"(?i)(serviceKey=)[^&\s'\")]+")


class _HideKey(logging.Filter):
    """Takes the key out of the lines urllib3 writes about URLs (at DEBUG, and on broken headers)."""

    def filter(self, record: logging.LogRecord) -> bool:
        message = record.getMessage()
        if _KEY_IN_URL.search(message):
            record.msg, record.args = _KEY_IN_URL.sub(r"\1***", message), ()
        return True


_HIDE_KEY: Final = _HideKey()


def _keep_keys_out_of_logs() -> None:
    for name in ("urllib3.connectionpool", "urllib3.connection", "urllib3.util.retry"):
        logging.getLogger(name).addFilter(_HIDE_KEY)  # adding the same filter twice changes nothing
