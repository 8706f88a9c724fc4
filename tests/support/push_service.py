"""A browser's subscription and its push service on 127.0.0.1, which decrypts what it is sent.

Written after the RFCs with primitives alone, so that it shares no code with the sender.
"""

from __future__ import annotations

import base64
import json
import os
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.message import Message as HeadersOfRequest  # names in any case
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import requests as http
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from requests.adapters import HTTPAdapter

from plantcast.notifications.push.subscriptions import Subscription

FCM = "https://fcm.googleapis.com"


def encoded(data: bytes) -> str:
    """Base64url without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def decoded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def point(key: ec.EllipticCurvePublicKey) -> bytes:
    """The public key, uncompressed."""
    return key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


@dataclass(frozen=True)
class KeyPair:
    """A key pair of P-256 as `npx web-push generate-vapid-keys` prints it."""

    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))

    @property
    def private(self) -> str:
        return encoded(self.key.private_numbers().private_value.to_bytes(32))

    @property
    def public(self) -> str:
        return encoded(point(self.key.public_key()))


@dataclass(frozen=True)
class Browser:
    """A browser that subscribed: it alone can decrypt what is sent to `endpoint`."""

    endpoint: str
    pair: KeyPair = field(default_factory=KeyPair)
    auth: bytes = field(default_factory=lambda: os.urandom(16))

    def subscription(self, **changes: Any) -> Subscription:
        """The subscription as stored."""
        facts: dict[str, Any] = {"station": "108", "lang": "ko", "hour": 21, "plants": ("default",)}
        return Subscription(self.endpoint, self.pair.public, encoded(self.auth), **{**facts, **changes})

    def decrypt(self, body: bytes) -> bytes:
        """Return the message (RFC 8188, 2.1; RFC 8291, 3.4)."""
        salt, length = body[:16], body[20]
        sender, record = body[21 : 21 + length], body[21 + length :]
        public = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), sender)
        own = point(self.pair.key.public_key())
        shared = self.pair.key.exchange(ec.ECDH(), public)
        secret = _derive(shared, self.auth, b"WebPush: info\0" + own + sender, 32)
        key = _derive(secret, salt, b"Content-Encoding: aes128gcm\0", 16)
        nonce = _derive(secret, salt, b"Content-Encoding: nonce\0", 12)
        return AESGCM(key).decrypt(nonce, record, None).rstrip(b"\0").removesuffix(b"\2")


def _derive(secret: bytes, salt: bytes, info: bytes, length: int) -> bytes:
    return HKDF(algorithm=hashes.SHA256(), length=length, salt=salt, info=info).derive(secret)


def signed_claims(authorization: str) -> tuple[str, dict[str, Any]]:
    """Return the sender's public key and the claims (RFC 8292, 3); raises if the signature is wrong."""
    scheme, _, rest = authorization.partition(" ")
    assert scheme == "vapid"
    parts = dict(part.strip().split("=", 1) for part in rest.split(","))
    signed, _, signature = parts["t"].rpartition(".")
    header, claims = (json.loads(decoded(part)) for part in signed.split("."))
    assert header["alg"] == "ES256"
    r, s = (int.from_bytes(half) for half in (decoded(signature)[:32], decoded(signature)[32:]))
    public = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), decoded(parts["k"]))
    public.verify(encode_dss_signature(r, s), signed.encode(), ec.ECDSA(hashes.SHA256()))
    return parts["k"], claims


@dataclass
class PushServer:
    """Keeps requests (path, headers, body); answers 201, or the next of `answers` (status, headers)."""

    answers: list[tuple[int, Mapping[str, str]]] = field(default_factory=list)
    requests: list[tuple[str, HeadersOfRequest, bytes]] = field(default_factory=list)

    def __post_init__(self) -> None:
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                server.requests.append((self.path, self.headers, body))
                status, headers = server.answers.pop(0) if server.answers else (201, {})
                self.send_response(status)
                for name, value in {"Content-Length": "0", **headers}.items():
                    self.send_header(name, value)
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None:
                pass

        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._http.daemon_threads = True
        threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()

    def session(self) -> http.Session:
        """A session in which this server stands for FCM; nothing else can be reached."""
        session = http.Session()
        session.trust_env = False
        session.mount("https://", _Nowhere())
        session.mount(f"{FCM}/", _Redirect(f"http://127.0.0.1:{self._http.server_port}"))
        return session

    def close(self) -> None:
        self._http.shutdown()
        self._http.server_close()


class _Redirect(HTTPAdapter):
    def __init__(self, to: str) -> None:
        super().__init__()
        self._to = to

    def send(self, request: http.PreparedRequest, *args: Any, **how: Any) -> http.Response:
        request.url = str(request.url).replace(FCM, self._to, 1)
        return super().send(request, *args, **how)


class _Nowhere(HTTPAdapter):
    def send(self, request: http.PreparedRequest, *args: Any, **how: Any) -> http.Response:
        raise http.ConnectionError(f"no way to {request.url}")
