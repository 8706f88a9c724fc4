"""Environments without this user's AWS settings: for the command line itself and for what it starts.

The emulator hands its whole environment to the functions, so a credential, an endpoint or a profile
left in it would reach them; nothing but what is listed here is passed on.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, MutableMapping
from pathlib import Path
from typing import Final

REGION: Final = "ap-northeast-2"
OWNER_VARIABLE = "PLANTCAST_OWNER"
PROCESS_VARIABLE = "PLANTCAST_PROCESS"

# The emulator accepts any credentials; these are not a secret.
DUMMY_AWS = {
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",
    "AWS_REGION": REGION,
    "AWS_DEFAULT_REGION": REGION,
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    "AWS_EC2_METADATA_DISABLED": "true",
}
LOOPBACK = "127.0.0.1,localhost"
# Where a machine keeps its libgomp or its OpenSSL; without them the interpreter itself may not start.
_PASSED_ON = (
    *("PATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "DYLD_FALLBACK_LIBRARY_PATH"),
    # libfaketime's: all processes of a deployment share one clock.
    *("LD_PRELOAD", "FAKETIME", "DONT_FAKE_MONOTONIC", "NO_FAKE_STAT"),
)
_WAY_OUT = (
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "http_proxy",
    "https_proxy",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "REQUESTS_CA_BUNDLE",
)


def isolate(environ: MutableMapping[str, str]) -> None:
    """Replace every AWS setting in `environ` (this process's own) by the emulator's, in place.

    A profile that does not exist, a real endpoint or real credentials in the user's shell must neither
    break the local commands nor be used by them.
    """
    for name in [name for name in environ if name.startswith("AWS_")]:
        del environ[name]
    environ.update(DUMMY_AWS)
    for name in ("NO_PROXY", "no_proxy"):
        if LOOPBACK not in environ.get(name, ""):
            environ[name] = f"{environ[name]},{LOOPBACK}" if environ.get(name) else LOOPBACK


def child_environment(
    environ: Mapping[str, str], *, owner: str, name: str, home: Path, reaches_out: bool
) -> dict[str, str]:
    """Return the environment of a process started for the state folder `owner`.

    `home` becomes HOME, with `tmp` inside it as TMPDIR. With `reaches_out` the proxy and certificate settings
    are passed on, which only the real KMA needs.
    """
    passed_on = _PASSED_ON + (_WAY_OUT if reaches_out else ())
    return {
        **{variable: environ[variable] for variable in passed_on if variable in environ},
        **DUMMY_AWS,
        OWNER_VARIABLE: owner,
        PROCESS_VARIABLE: name,
        "HOME": str(home),
        "TMPDIR": str(home / "tmp"),
        "LANG": "C.UTF-8",
        "TZ": "UTC",  # as in Lambda
        "NO_PROXY": LOOPBACK,
        "no_proxy": LOOPBACK,
        "PYTHONNOUSERSITE": "1",
        "PYTHONUNBUFFERED": "1",
        "PYTHONUTF8": "1",
    }
