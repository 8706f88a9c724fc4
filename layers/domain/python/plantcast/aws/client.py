"""What every client of AWS here shares."""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock
from typing import Final, Generic, TypeVar

from botocore.config import Config
from botocore.exceptions import ClientError

# Standard mode backs off with jitter on throttling and passing faults; 5 attempts span about 10 s, well
# inside every function's timeout.
AWS_CONFIG: Final = Config(
    retries={"mode": "standard", "max_attempts": 5}, connect_timeout=5, read_timeout=60
)

Client = TypeVar("Client")
# Sessions of boto3 are not made for several threads that make clients at once.
_MAKING: Final = Lock()


class WhenUsed(Generic[Client]):
    """A client that is made when it is first called for, once, whatever thread calls.

    S3's takes a tenth of a second to make, and most cold starts of the API never ask S3.
    """

    def __init__(self, make: Callable[[], Client], *, given: Client | None = None) -> None:
        self._make = make
        self._made = given

    def __call__(self) -> Client:
        """Return the client."""
        if self._made is None:
            with _MAKING:
                if self._made is None:
                    self._made = self._make()
        return self._made


def error_code(error: ClientError) -> str:
    """Return the error's code, for example `NoSuchKey`; empty when the reply names none."""
    return error.response.get("Error", {}).get("Code", "")
