"""One place that builds the logger, the tracer and the metrics; nobody else does.

Powertools' Logger writes one JSON line a call; `POWERTOOLS_SERVICE_NAME` and the level come from the
template. Tracing is off unless Lambda's X-Ray variables are present.
"""

from __future__ import annotations

from aws_lambda_powertools import Logger, Metrics, Tracer

NAMESPACE = "Plantcast"

logger = Logger()
tracer = Tracer()
metrics = Metrics(namespace=NAMESPACE)
