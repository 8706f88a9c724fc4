"""What every client of AWS here shares."""

from __future__ import annotations

from typing import Final

from botocore.config import Config
from botocore.exceptions import ClientError

# Standard mode backs off with jitter on throttling and passing faults; 5 attempts span about 10 s, well
# inside every function's timeout.
AWS_CONFIG: Final = Config(
    retries={"mode": "standard", "max_attempts": 5}, connect_timeout=5, read_timeout=60
)


def error_code(error: ClientError) -> str:
    """Return the error's code, for example `NoSuchKey`; empty when the reply names none."""
    return error.response.get("Error", {}).get("Code", "")
