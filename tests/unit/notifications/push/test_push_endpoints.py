"""Which addresses and keys of a browser are taken."""

from __future__ import annotations

import pytest

from plantcast.common.errors import InvalidInputError
from plantcast.notifications.push.endpoints import MAX_ENDPOINT, checked_endpoint, checked_keys
from tests.support.push_service import FCM, KeyPair, decoded, encoded


@pytest.mark.parametrize(
    "endpoint",
    [
        f"{FCM}/fcm/send/dGVzdA:APA91b",
        "https://updates.push.services.mozilla.com/wpush/v2/gAAAA",
        "https://web.push.apple.com/QGuQ",
        "https://wns2-par02p.notify.windows.com/w/?token=BQYAAAB%2f",
    ],
)
def test_addresses_of_the_browsers_push_services_are_taken_unchanged(endpoint: str) -> None:
    assert checked_endpoint(endpoint) == endpoint


@pytest.mark.parametrize(
    "endpoint",
    [
        "http://fcm.googleapis.com/fcm/send/a",
        "https://localhost/fcm/send/a",
        "https://127.0.0.1/a",
        "https://[::1]/a",
        "http://169.254.169.254/latest/meta-data/",
        "https://169.254.169.254/a",
        "https://fcm.googleapis.com.evil.example/a",
        "https://evil.example/fcm.googleapis.com",
        "https://evilfcm.googleapis.com/a",
        "https://sub.fcm.googleapis.com/a",
        "https://push.apple.com.evil.example/a",
        "https://evilpush.apple.com/a",
        "https://fcm.googleapis.com@evil.example/a",
        "https://me:secret@fcm.googleapis.com/a",
        "https://@fcm.googleapis.com/a",
        "https://fcm.googleapis.com:8443/a",
        "https://fcm.googleapis.com:443/a",
        "https://fcm.googleapis.com:/a",
        "https://fcm.googleapis.com:x/a",
        "https://fcm.googleapis.com./a",
        "https://FCM.googleapis.com/a",
        "https://evil.example\\@fcm.googleapis.com/a",
        "https://fcm.googleapis.com\\.evil.example/a",
        "https://fcm.googleapis.com/a b",
        "https://fcm.googleapis.com/a\r\nX: y",
        "https://fcm。googleapis.com/a",
        "https://[fcm.googleapis.com/a",
        "https://fcm.googleapis.com/a#b",
        "https://fcm.googleapis.com/",
        "https://fcm.googleapis.com",
        "https:fcm.googleapis.com/a",
        "//fcm.googleapis.com/a",
        "file:///etc/passwd",
        "",
        f"{FCM}/{'a' * MAX_ENDPOINT}",
    ],
)
def test_any_other_address_is_refused_with_the_remedy(endpoint: str) -> None:
    with pytest.raises(InvalidInputError, match=r"endpoint '.*PushManager\.subscribe"):
        checked_endpoint(endpoint)


def test_keys_have_to_be_a_point_of_the_curve_and_sixteen_bytes() -> None:
    public, auth = KeyPair().public, encoded(bytes(16))
    checked_keys(public, auth)
    checked_keys(f"{public}=", f"{auth}==")

    beside = bytearray(decoded(public))
    beside[-1] ^= 1
    for wrong in (encoded(bytes(beside)), encoded(b"\4" + bytes(64)), public[:-4], "", "*" * 87, "가"):
        with pytest.raises(InvalidInputError, match=r"keys\.p256dh .*P-256"):
            checked_keys(wrong, auth)
    for wrong in (encoded(bytes(15)), encoded(bytes(17)), "", "*" * 22):
        with pytest.raises(InvalidInputError, match=r"keys\.auth is not 16 bytes"):
            checked_keys(public, wrong)
