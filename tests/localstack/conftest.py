"""A LocalStack to deploy to: the one at LOCALSTACK_ENDPOINT, else one started without Docker.

And, once for all tests of this folder, the stack on it, its first runs, and runs that met broken functions.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import MOMENT
from tests.localstack.inbox import Inbox
from tests.localstack.missions import Failures, Nights, run_into_failures, run_nights
from tests.localstack.stack import LocalStackStack
from tests.support.running_simulator import running_simulator

ROOT = Path(__file__).resolve().parents[2]
INSTALL_TIMEOUT_SECONDS = 540


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@pytest.fixture(scope="session")
def localstack_endpoint(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The endpoint's URL; skips with a message where there is no LocalStack to be had."""
    given = os.environ.get("LOCALSTACK_ENDPOINT")
    if given:
        yield given
        return
    host = Path(os.environ.get("PLANTCAST_SHARED", ROOT.parent / "shared")) / "localstack-host"
    if not (host / "up.sh").is_file():
        pytest.skip("needs a LocalStack that runs (LOCALSTACK_ENDPOINT)")
    if importlib.util.find_spec("awslambdaric") is None:
        pytest.skip("awslambdaric is not installed: run `make setup-dev`")
    home = tmp_path_factory.mktemp("localstack")
    port = _free_port()
    environment = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")} | {
        "LAMBDA_PROCESS_PYTHON": sys.executable,
        "LOCALSTACK_PORT": str(port),
        "LOCALSTACK_HOME": str(home / "run"),
        # The list of supported types that this check needs is on the internet; offline it refuses every type.
        # A type that really is unsupported shows as the physical id `unknown`, which a test looks for.
        "CFN_IGNORE_UNSUPPORTED_RESOURCE_TYPES": "1",
    }
    with (home / "up.err").open("w") as errors:
        started = subprocess.run(
            ["bash", str(host / "up.sh")],
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=errors,
            timeout=INSTALL_TIMEOUT_SECONDS,
            check=False,
        )
    output = (home / "up.err").read_text()[-2000:]
    if started.returncode == 3:
        pytest.skip(f"LocalStack cannot be installed here: {output}")
    assert started.returncode == 0, output
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        subprocess.run(["bash", str(host / "down.sh")], env=environment, timeout=60, check=False)
        shutil.rmtree(home, ignore_errors=True)


@pytest.fixture(scope="session")
def stack(localstack_endpoint: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalStackStack]:
    """The deployed stack. All runs stand at one day, at whose noon the KMA stays."""
    with running_simulator(clock=MOMENT) as simulator:
        deployed = LocalStackStack(localstack_endpoint, tmp_path_factory.mktemp("deploy"), simulator, MOMENT)
        if deployed.exists():
            pytest.fail(
                f"A stack is deployed at {localstack_endpoint} already: these tests need an empty LocalStack."
            )
        deployed.deploy()
        yield deployed


@pytest.fixture(scope="session")
def inbox(stack: LocalStackStack) -> Inbox:
    """A queue that gets what the stack tells its subscribers."""
    return Inbox.subscribed(stack)


@pytest.fixture(scope="session")
def nights(stack: LocalStackStack, inbox: Inbox) -> Nights:
    """The first runs, with nothing broken."""
    return run_nights(stack)


@pytest.fixture(scope="session")
def failures(stack: LocalStackStack, nights: Nights) -> Failures:
    """Runs that met broken functions."""
    return run_into_failures(stack)
