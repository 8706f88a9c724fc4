"""What operators see: alarms, the dashboard, the logs, and the runbook that says what to do."""

from __future__ import annotations

import io
import json
import re

import pytest
from awslambdaric.bootstrap import log_error

from infra.stack.localize import Template, load_template, resources
from plantcast.common.logging import logger
from tests.conftest import ROOT

ALARM = "AWS::CloudWatch::Alarm"
RUNBOOK = ROOT / "docs/operations.md"
FREE_ALARM_METRICS = 10


@pytest.fixture(scope="module")
def template() -> Template:
    return load_template(ROOT / "template.yaml")


def test_alarms_stay_within_what_is_watched_for_nothing_and_tell_the_topic(template: Template) -> None:
    alarms = resources(template, ALARM)
    assert len(alarms) <= FREE_ALARM_METRICS
    for name, alarm in alarms.items():
        properties = alarm["Properties"]
        assert "Metrics" not in properties, "each metric of an expression is paid"
        assert properties["AlarmActions"] == [{"Ref": "AlertTopic"}]
        assert f"See {name} in docs/operations.md." in properties["AlarmDescription"]
        assert f"### {name}\n" in RUNBOOK.read_text("utf-8")
        # A metric that is written once a run says nothing between runs.
        once_a_run = properties["Period"] == 86400
        assert properties["TreatMissingData"] in ({"ignore"} if once_a_run else {"notBreaching", "breaching"})


def test_a_run_that_hangs_ends_before_the_alarm_for_late_runs_would_wait_for_the_next(
    template: Template,
) -> None:
    machine = json.loads((ROOT / "infra/pipeline.asl.json").read_text("utf-8"))
    late = template["Resources"]["PipelineLateAlarm"]["Properties"]
    waiting = (
        template["Parameters"]["FreshnessWaitSeconds"]["Default"]
        * template["Parameters"]["FreshnessMaxChecks"]["Default"]
    )
    assert waiting + 3 * 3600 < machine["TimeoutSeconds"] < 24 * 3600
    assert 24 * 3600 + waiting < late["Period"] * late["EvaluationPeriods"] <= 7 * 86400


def test_the_filter_for_errors_finds_failures_and_nothing_else(
    template: Template, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = io.StringIO()
    monkeypatch.setattr(logger.handlers[0], "stream", lines)
    logger.error("step failed", extra={"station": "108"})
    logger.critical("gone")
    unhandled = FramedOut()
    log_error({"errorType": "ValueError", "errorMessage": "no", "requestId": "8a3a0f2e"}, unhandled)
    telling = [
        *lines.getvalue().splitlines(),
        *unhandled.lines,
        "2026-11-26T17:00:31.123Z 8a3a0f2e Task timed out after 30.00 seconds",  # these two by Lambda
        "RequestId: 8a3a0f2e Error: Runtime exited with error: signal: killed Runtime.ExitError",
    ]
    lines.truncate(0)
    logger.info("step done", extra={"facts": {"status": "failed", "message": "ERROR"}})
    logger.warning("run failed")
    harmless = [*lines.getvalue().strip("\x00").splitlines(), "START RequestId: 8a3a0f2e Version: $LATEST"]
    assert len(telling) == 5
    assert len(harmless) == 3

    pattern = template["Mappings"]["Logs"]["Errors"]["Pattern"]

    assert [line for line in telling + harmless if matches(pattern, line)] == telling


class FramedOut:
    """Takes what Lambda's own runtime client logs."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def log_error(self, error_message_lines: list[str]) -> None:
        """Keep it as the one event that it is."""
        self.lines.append("\n".join(error_message_lines))


def matches(pattern: str, line: str) -> bool:
    """Return whether a filter pattern of optional terms finds a line: if any term is in it.

    CloudWatch Logs' "filter pattern syntax for metric filters", matching terms with a question mark; the
    emulators do not know it.
    """
    terms = re.findall(r'\?"((?:[^"\\]|\\.)*)"', pattern)
    assert " ".join(f'?"{term}"' for term in terms) == pattern
    return any(term.replace('\\"', '"') in line for term in terms)
