"""Step Functions' record of executions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final, Protocol

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from plantcast.aws.client import AWS_CONFIG, WhenUsed, error_code
from plantcast.common.errors import NotFoundError, TemporaryError
from plantcast.common.logging import logger

if TYPE_CHECKING:
    from mypy_boto3_stepfunctions.client import SFNClient

_PAGE: Final = 1000  # events, the most that one call returns
# An execution ends at 25,000 events on AWS, so that this is all of any.
_PAGES: Final = 25
_GONE: Final = frozenset({"ExecutionDoesNotExist", "InvalidArn", "ValidationException"})


Event = Mapping[str, Any]


@dataclass(frozen=True)
class History:
    """An execution and its events so far; `whole` is False when there were more than were read.

    Times are Step Functions' own; `stopped` is None while it runs.
    """

    status: str
    stopped: datetime | None
    events: Sequence[Event]
    whole: bool = True


class ExecutionRecords(Protocol):
    """Where histories are read."""

    def history(self, arn: str) -> History:
        """Return the history of one execution.

        Raises:
            NotFoundError: there is no such execution, or no longer.
            TemporaryError: it cannot be read now.
        """


class Executions:
    """`ExecutionRecords` of Step Functions."""

    def __init__(self, client: SFNClient | None = None) -> None:
        self._states: WhenUsed[SFNClient] = WhenUsed(
            lambda: boto3.client("stepfunctions", config=AWS_CONFIG), given=client
        )

    def history(self, arn: str) -> History:
        """Return the history of one execution, without what its states were given and gave.

        Raises:
            NotFoundError: there is no such execution, or no longer.
            TemporaryError: it cannot be read now.
        """
        try:
            # First, so that an execution which is over is read with all of its events.
            description = self._states().describe_execution(executionArn=arn)
            pages = (
                self._states()
                .get_paginator("get_execution_history")
                .paginate(
                    executionArn=arn,
                    includeExecutionData=False,
                    PaginationConfig={"PageSize": _PAGE, "MaxItems": _PAGE * _PAGES},
                )
            )
            events = [event for page in pages for event in page["events"]]
        except ClientError as error:
            if error_code(error) in _GONE:
                raise NotFoundError(
                    f"Step Functions knows no execution {arn.rpartition(':')[2]!r} (any longer).",
                    remedy="It keeps them for 90 days; the run's own record stays.",
                ) from error
            raise _unreadable(error_code(error)) from error
        except BotoCoreError as error:
            raise _unreadable(type(error).__name__) from error
        return History(
            status=description["status"],
            stopped=description.get("stopDate"),
            events=events,
            whole=not pages.resume_token,
        )


def _unreadable(code: str) -> TemporaryError:
    logger.exception("execution history unreadable")
    return TemporaryError(
        f"Step Functions did not tell the steps of this run ({code}).",
        remedy="Try again; if it stays, look at the log of the api function.",
    )
