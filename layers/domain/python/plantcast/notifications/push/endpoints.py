"""What a browser's push subscription must look like before a message is ever sent to it."""

from __future__ import annotations

import base64
import binascii
from typing import Final
from urllib.parse import urlsplit

from plantcast.common.errors import InvalidInputError

MAX_ENDPOINT: Final = 1024  # characters; they are 200 to 600
# The push services of Chrome (Samsung Internet, Opera), Firefox, Safari and Edge. An address elsewhere would
# have the function call whatever its sender names.
HOSTS: Final = frozenset({"fcm.googleapis.com", "updates.push.services.mozilla.com"})
DOMAINS: Final = (".push.apple.com", ".notify.windows.com")

# NIST P-256: y² = x³ - 3x + b (mod p), SEC 2, 2.4.2.
_P: Final = 2**256 - 2**224 + 2**192 + 2**96 - 1
_B: Final = 0x5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B
_POINT_BYTES: Final = 65
_AUTH_BYTES: Final = 16


def checked_endpoint(endpoint: str) -> str:
    """Return the address if it is a known push service's.

    Raises:
        InvalidInputError: it is not, or not https at the default port, or too long.
    """
    wrong = _wrong_with(endpoint)
    if wrong is not None:
        raise InvalidInputError(
            f"endpoint {endpoint[:60]!r} {wrong}.",
            remedy="Send the endpoint of PushManager.subscribe() unchanged; the push services of Chrome, "
            "Firefox, Safari and Edge are known.",
        )
    return endpoint


def _wrong_with(endpoint: str) -> str | None:
    if len(endpoint) > MAX_ENDPOINT:
        return f"has {len(endpoint)} characters, more than {MAX_ENDPOINT}"
    # Before it is taken apart: clients disagree on what spaces, backslashes and other alphabets mean.
    if not endpoint.isascii() or not endpoint.isprintable() or " " in endpoint or "\\" in endpoint:
        return "has characters that no address has"
    try:
        parts = urlsplit(endpoint)
        port = parts.port
    except ValueError:
        return "is no address"
    if parts.scheme != "https":
        return "is not https"
    # Whole: no user, no port, no dot at the end.
    host = parts.hostname or ""
    if parts.netloc != host or port is not None:
        return "names more than a host in lower case"
    if host not in HOSTS and not host.endswith(DOMAINS):
        return "is at no known push service"
    if len(parts.path) < 2 or parts.fragment:
        return "names no subscription"
    return None


def host_of(endpoint: str) -> str:
    """Return the host, which may be logged; the rest of an endpoint is a secret (whoever has it can send)."""
    return urlsplit(endpoint).hostname or ""


def checked_keys(p256dh: str, auth: str) -> None:
    """Do nothing if `p256dh` is a point of P-256, uncompressed, and `auth` 16 bytes, both base64url.

    Raises:
        InvalidInputError: one of them is not.
    """
    if not is_public_key(p256dh):
        raise _wrong_key("p256dh", "an uncompressed point of P-256 (65 bytes)")
    if len(_decoded(auth) or b"") != _AUTH_BYTES:
        raise _wrong_key("auth", f"{_AUTH_BYTES} bytes")


def is_public_key(text: str) -> bool:
    """Whether `text` is a point of P-256, uncompressed, in base64url."""
    point = _decoded(text)
    if point is None or len(point) != _POINT_BYTES or point[0] != 4:
        return False
    x, y = int.from_bytes(point[1:33]), int.from_bytes(point[33:])
    return x < _P and y < _P and (y * y - (x * x * x - 3 * x + _B)) % _P == 0


def _decoded(text: str) -> bytes | None:
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return None


def _wrong_key(name: str, wanted: str) -> InvalidInputError:
    return InvalidInputError(
        f"keys.{name} is not {wanted} in base64url.",
        remedy="Send the keys of PushSubscription.toJSON() unchanged.",
    )
