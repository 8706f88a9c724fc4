"""Metrics in CloudWatch's embedded format: one log line a value, no call.

Powertools adds the dimension `service` (`POWERTOOLS_SERVICE_NAME`) to each, which an alarm in the template
has to name.
"""

from __future__ import annotations

from collections.abc import Mapping

from aws_lambda_powertools.metrics import MetricUnit, single_metric

from plantcast.common.logging import NAMESPACE


def metric(
    name: str,
    value: float,
    dimensions: Mapping[str, str] | None = None,
    *,
    unit: MetricUnit = MetricUnit.NoUnit,
) -> None:
    """Write one value."""
    with single_metric(name=name, unit=unit, value=value, namespace=NAMESPACE) as written:
        for dimension, text in (dimensions or {}).items():
            written.add_dimension(name=dimension, value=text)


def count(name: str, value: float = 1, dimensions: Mapping[str, str] | None = None) -> None:
    """Write how many there were."""
    metric(name, value, dimensions, unit=MetricUnit.Count)
