"""What template.yaml itself says of cost: memory, retention, and how much of CloudWatch there is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from infra.local.localize import Template, load_template, resources
from infra.operations.cost.transitions import ROOT

TEMPLATE: Final = ROOT / "template.yaml"
# Metrics that API Gateway writes of each method when a stage's MetricsEnabled asks for it, paid as custom
# ones: Count, Latency, IntegrationLatency, 4XXError, 5XXError.
_DETAILED_METRICS: Final = 5


@dataclass(frozen=True)
class StackFacts:
    """The figures, of the template's defaults."""

    memory_mb: Mapping[str, int]  # function's logical id → MemorySize
    timeout_s: Mapping[str, int]
    alarm_metrics: int
    dashboards: int
    filtered_metrics: frozenset[str]  # that metric filters on logs write
    detailed_api_metrics: int
    budgets: int
    log_retention_days: int
    model_versions_kept: int
    features_days: int  # until a feature table is deleted, and with it its version
    noncurrent_days: int  # until a version that was replaced is deleted
    point_in_time_recovery: bool


@cache
def stack_facts() -> StackFacts:
    """Read them from template.yaml."""
    return facts_of(load_template(TEMPLATE))


def facts_of(template: Template) -> StackFacts:
    """Read them from a template."""
    functions = resources(template, "AWS::Serverless::Function")
    defaults = {name: parameter.get("Default") for name, parameter in template["Parameters"].items()}
    rules = template["Resources"]["DataBucket"]["Properties"]["LifecycleConfiguration"]["Rules"]
    features = next(rule for rule in rules if rule.get("Prefix") == "features/")
    noncurrent = next(rule for rule in rules if "Prefix" not in rule)["NoncurrentVersionExpiration"]
    recovery = template["Resources"]["Table"]["Properties"]["PointInTimeRecoverySpecification"]
    kept = features.get("NoncurrentVersionExpiration", noncurrent)["NoncurrentDays"]
    return StackFacts(
        memory_mb={name: int(one["Properties"]["MemorySize"]) for name, one in functions.items()},
        timeout_s={name: int(one["Properties"]["Timeout"]) for name, one in functions.items()},
        alarm_metrics=sum(map(_metrics_of, resources(template, "AWS::CloudWatch::Alarm").values())),
        dashboards=len(resources(template, "AWS::CloudWatch::Dashboard")),
        filtered_metrics=frozenset(_filtered(template)),
        detailed_api_metrics=_detailed(template),
        budgets=len(resources(template, "AWS::Budgets::Budget")),
        log_retention_days=int(defaults["LogRetentionDays"]),
        model_versions_kept=int(defaults["ModelVersionsKept"]),
        features_days=int(features["ExpirationInDays"]) + int(kept),
        noncurrent_days=int(noncurrent["NoncurrentDays"]),
        point_in_time_recovery=bool(recovery["PointInTimeRecoveryEnabled"]),
    )


def _metrics_of(alarm: Mapping[str, Any]) -> int:
    """Return how many metrics an alarm watches: of metric math, those it names."""
    queries = alarm["Properties"].get("Metrics")
    return 1 if queries is None else sum("MetricStat" in query for query in queries)


def _filtered(template: Template) -> list[str]:
    return [
        str(change["MetricName"])
        for filter_ in resources(template, "AWS::Logs::MetricFilter").values()
        for change in filter_["Properties"]["MetricTransformations"]
    ]


def _detailed(template: Template) -> int:
    """Return how many paid metrics the API's methods write: a setting for all methods is meant for each."""
    settings = template["Resources"]["Api"]["Properties"].get("MethodSettings", ())
    on = [setting for setting in settings if setting.get("MetricsEnabled")]
    if not on:
        return 0
    events = template["Resources"]["ApiFunction"]["Properties"]["Events"].values()
    methods = sum(event["Type"] == "Api" for event in events)
    everywhere = any(setting["HttpMethod"] == "*" for setting in on)
    return _DETAILED_METRICS * (methods if everywhere else len(on))
