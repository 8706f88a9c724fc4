"""One place that builds the logger; nobody else does.

Powertools' Logger writes one JSON line a call; `POWERTOOLS_SERVICE_NAME` and the level come from the
template. X-Ray traces need no code here: the template has Lambda and Step Functions record them.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, Final

from aws_lambda_powertools import Logger

NAMESPACE: Final = "Plantcast"  # of the metrics
_CORRELATION: Final = ("run_id", "station", "target")

Handler = Callable[[dict[str, Any], object], dict[str, Any]]

logger = Logger()
_starts = iter([True])  # of this process: its first call is a cold start


def step(handler: Handler) -> Handler:
    """Log what a pipeline function returned, or its fault, under its run, station, target and request."""

    @functools.wraps(handler)
    def logged(event: dict[str, Any], context: object) -> dict[str, Any]:
        keys = {key: event[key] for key in _CORRELATION if key in event}
        request_id = getattr(context, "aws_request_id", None)
        with logger.append_context_keys(
            cold_start=next(_starts, False), function_request_id=request_id, **keys
        ):
            try:
                facts = handler(event, context)
            except Exception:
                logger.exception("step failed")
                raise
            logger.info("step done", extra={"facts": facts})
            return facts

    return logged
