"""botocore's exceptions as one message with its remedy."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectionClosedError,
    ConnectTimeoutError,
    CredentialRetrievalError,
    EndpointConnectionError,
    InvalidRegionError,
    NoCredentialsError,
    NoRegionError,
    PartialCredentialsError,
    ProfileNotFound,
    ReadTimeoutError,
    SSOError,
    TokenRetrievalError,
)

from plantcast.common.errors import InvalidInputError, KeyRejectedError, PlantcastError, TemporaryError

_NO_CREDENTIALS: Final = (NoCredentialsError, PartialCredentialsError, CredentialRetrievalError)
_NO_SIGN_ON: Final = (SSOError, TokenRetrievalError)
_NO_ANSWER: Final = (EndpointConnectionError, ConnectTimeoutError, ReadTimeoutError, ConnectionClosedError)
_REFUSED_CREDENTIALS: Final = frozenset(
    {
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
    }
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
    if isinstance(fault, ProfileNotFound):
        return InvalidInputError(
            f"{fault}.", remedy="Name one of `aws configure list-profiles` in AWS_PROFILE."
        )
    if isinstance(fault, NoRegionError | InvalidRegionError):
        return InvalidInputError(
            f"No usable region: {fault}", remedy="Name the stack's with --region, for example ap-northeast-2."
        )
    if isinstance(fault, _NO_SIGN_ON):
        return KeyRejectedError(f"The sign-on to AWS has expired: {fault}", remedy="Run `aws sso login`.")
    if isinstance(fault, _NO_CREDENTIALS):
        return KeyRejectedError(f"There are no AWS credentials to use: {fault}.", remedy=_LOGIN)
    if isinstance(fault, _NO_ANSWER):
        return TemporaryError(
            f"{where} does not answer: {fault}",
            remedy="Check the network, --region and --endpoint-url, then call again.",
        )
    return PlantcastError(f"A call to {where} failed: {fault}", remedy="Fix the cause and retry.")


def _refused(fault: ClientError, where: str) -> PlantcastError:
    error = fault.response.get("Error", {})
    code, message = str(error.get("Code", "")), str(error.get("Message", "")) or str(fault)
    if code in _REFUSED_CREDENTIALS:
        return KeyRejectedError(f"{where} refused the credentials ({code}: {message}).", remedy=_LOGIN)
    if code in _NOT_ALLOWED:
        return PlantcastError(
            f"{where} does not allow {fault.operation_name} to these credentials ({code}: {message}).",
            remedy="Use a role that may (docs/backup.md lists the actions each command needs).",
        )
    return PlantcastError(
        f"{where} refused {fault.operation_name} ({code}: {message}).", remedy="Fix the cause and retry."
    )
