"""One deployment of a stack at a time: CloudFormation takes a second one badly, each emulator in its own way.

AWS refuses to change a stack that is being changed; ministack starts both, and what is left is a mixture. So
deployments from this machine wait for each other, and for one that somebody else, or a killed command, has
begun.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

from plantcast.errors import ConflictError

if TYPE_CHECKING:
    from mypy_boto3_cloudformation.client import CloudFormationClient

# A deployment takes seconds on ministack and a minute or two on LocalStack.
PATIENCE_SECONDS: Final = 600.0
_POLL_SECONDS: Final = 0.5
# What CloudFormation and the AWS CLI say when another deployment was there first; trying again then helps.
_TAKEN: Final = (
    "_IN_PROGRESS state and can not be updated",
    "InvalidChangeSetStatus",
    "ChangeSetNotFound",
    "AlreadyExistsException",
    "OBSOLETE",
    "is in EXECUTE_IN_PROGRESS status",
)


def was_taken(message: str) -> bool:
    """Say whether a deployment failed because another one was under way."""
    return any(sign in message for sign in _TAKEN)


@contextmanager
def turn(
    endpoint: str, stack: str, *, tell: Callable[[str], None], patience: float = PATIENCE_SECONDS
) -> Iterator[None]:
    """Hold this machine's turn to deploy a stack at an endpoint; a killed holder gives it back.

    Raises:
        ConflictError: others held it for all of `patience` (seconds).
    """
    name = hashlib.sha256(f"{endpoint.rstrip('/')} {stack}".encode()).hexdigest()[:16]
    path = Path(tempfile.gettempdir()) / f"plantcast-deploy-{os.getuid()}-{name}.lock"
    held: list[int] = []

    def take() -> bool:
        held.extend(_lock(path))
        return bool(held)

    _wait(take, endpoint, stack, tell, patience)
    try:
        yield
    finally:
        path.unlink(missing_ok=True)  # while it is held: see `_lock`
        os.close(held[0])  # and with it the lock


def wait_until_settled(
    cloudformation: CloudFormationClient,
    endpoint: str,
    stack: str,
    *,
    tell: Callable[[str], None],
    patience: float = PATIENCE_SECONDS,
) -> None:
    """Wait while a stack is being changed.

    Raises:
        ConflictError: it was for all of `patience` (seconds).
    """
    _wait(lambda: not _changing(cloudformation, stack), endpoint, stack, tell, patience)


def _lock(path: Path) -> list[int]:
    """Return the descriptor that holds the file's lock; nothing where somebody else holds it."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        # Who held it may have removed the file since it was opened: then this lock guards nothing.
        if path.stat().st_ino == os.fstat(descriptor).st_ino:
            return [descriptor]
    except (BlockingIOError, FileNotFoundError):
        pass
    os.close(descriptor)
    return []


def _changing(cloudformation: CloudFormationClient, stack: str) -> bool:
    try:
        status = cloudformation.describe_stacks(StackName=stack)["Stacks"][0]["StackStatus"]
    except cloudformation.exceptions.ClientError:
        return False  # there is none yet; if nothing answers, the deployment itself will say so
    # In review nothing is being done: a change set was made and, by a killed command, never executed.
    return status.endswith("_IN_PROGRESS") and status != "REVIEW_IN_PROGRESS"


def _wait(
    is_free: Callable[[], bool], endpoint: str, stack: str, tell: Callable[[str], None], patience: float
) -> None:
    deadline = time.monotonic() + patience
    told = False
    while not is_free():
        if time.monotonic() >= deadline:
            raise ConflictError(
                f"Another deployment of stack {stack!r} at {endpoint} is still under way.",
                remedy=f"Waited {patience:.0f} s for it. Let it end, or end it, then deploy again.",
            )
        if not told:
            tell("waiting for another deployment to end")
            told = True
        time.sleep(_POLL_SECONDS)
