"""Metrics in CloudWatch's embedded format: one log line a value, no call.

Powertools adds the dimension `service` (`POWERTOOLS_SERVICE_NAME`), which an alarm in the template names.
"""

from __future__ import annotations

from aws_lambda_powertools.metrics import MetricUnit, single_metric

from plantcast.common.logging import NAMESPACE


def count(name: str, value: float) -> None:
    """Write a count."""
    with single_metric(name=name, unit=MetricUnit.Count, value=value, namespace=NAMESPACE):
        pass
