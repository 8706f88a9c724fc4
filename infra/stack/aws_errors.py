"""botocore's exceptions as one message with its remedy."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from botocore import exceptions
from botocore.exceptions import BotoCoreError, ClientError

from plantcast.common.errors import InvalidInputError, KeyRejectedError, PlantcastError, TemporaryError

_CREDENTIALS: Final = (
    exceptions.NoCredentialsError,
    exceptions.PartialCredentialsError,
    exceptions.CredentialRetrievalError,
)
_SIGN_ON: Final = (exceptions.SSOError, exceptions.TokenRetrievalError)
_NO_RESPONSE: Final = (exceptions.ConnectionError, exceptions.HTTPClientError)
_REJECTED_CREDENTIALS: Final = frozenset(
    [
        "AuthFailure",
        "ExpiredToken",
        "ExpiredTokenException",
        "IncompleteSignature",
        "InvalidAccessKeyId",
        "InvalidClientTokenId",
        "InvalidToken",
        "RequestExpired",
        "SignatureDoesNotMatch",
        "UnrecognizedClientException",
    ]
)
_NOT_ALLOWED: Final = frozenset(
    {"AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "AllAccessDisabled"}
)
_LOGIN: Final = (
    "Give this shell credentials of the account (`aws configure`, `aws sso login`, AWS_PROFILE); "
    "`aws sts get-caller-identity` shows whose they are."
)


@contextmanager
def aws_faults(where: str) -> Iterator[None]:
    """Turn exceptions of botocore inside the block into a `PlantcastError`; `where` names the service.

    Raises:
        KeyRejectedError: there are no credentials, or they were rejected.
        InvalidInputError: no or a wrong region, or no such profile.
        TemporaryError: there was no response.
        PlantcastError: the call was not allowed, or was refused for another reason.
    """
    try:
        yield
    except (ClientError, BotoCoreError) as fault:
        raise translated(fault, where) from fault


def translated(fault: ClientError | BotoCoreError, where: str) -> PlantcastError:
    """Return the error with the remedy of `fault`."""
    if isinstance(fault, ClientError):
        return _refused(fault, where)
    if isinstance(fault, exceptions.ProfileNotFound):
        return InvalidInputError(f"{fault}.", remedy="Name one of `aws configure list-profiles`.")
    if isinstance(fault, exceptions.NoRegionError | exceptions.InvalidRegionError):
        return InvalidInputError(f"No usable region: {fault}", remedy="Name the stack's with --region.")
    if isinstance(fault, _SIGN_ON):
        return KeyRejectedError(f"The sign-on to AWS has expired: {fault}", remedy="Run `aws sso login`.")
    if isinstance(fault, _CREDENTIALS):
        return KeyRejectedError(f"There are no AWS credentials to use: {fault}.", remedy=_LOGIN)
    if isinstance(fault, _NO_RESPONSE):
        return TemporaryError(
            f"{where} does not answer: {fault}",
            remedy="Check the network, --region and --endpoint-url, then call again.",
        )
    return PlantcastError(f"A call to {where} failed: {fault}", remedy="Fix the cause and retry.")


def _refused(fault: ClientError, where: str) -> PlantcastError:
    error = fault.response.get("Error", {})
    code = str(error.get("Code", ""))
    reason = f"({code}: {error.get('Message') or fault})"
    if code in _REJECTED_CREDENTIALS:
        return KeyRejectedError(f"{where} refused the credentials {reason}.", remedy=_LOGIN)
    if code in _NOT_ALLOWED:
        return PlantcastError(
            f"{where} does not allow {fault.operation_name} to these credentials {reason}.",
            remedy="Use a role that may (docs/backup.md lists the actions each command needs).",
        )
    return PlantcastError(
        f"{where} refused {fault.operation_name} {reason}.", remedy="Fix the cause and retry."
    )
