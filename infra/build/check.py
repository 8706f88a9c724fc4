"""Sizes of the artefacts against their limits, and every handler imported from its artefact alone."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass

from infra.build.interpreter import find_interpreter, import_alone
from infra.build.plan import Plan
from infra.build.sizes import Weight, check_weights, weigh
from infra.build.zips import Built


@dataclass(frozen=True)
class Report:
    """What was measured and found; `skipped` says what could not be checked on this machine, and why."""

    weights: list[Weight]
    findings: list[str]
    skipped: list[str]


def check(plan: Plan, built: Built) -> Report:
    """Check sizes, and import every handler in a clean interpreter of Lambda's Python where there is one."""
    weights = weigh({function.name: function.layers for function in plan.functions}, built.sizes)
    findings = check_weights(weights)
    interpreter = find_interpreter(plan.python)
    if interpreter is None or sys.platform != "linux" or os.uname().machine != plan.architecture:
        needed = f"Python {plan.python} on Linux, {plan.architecture}"
        return Report(weights, findings, [f"imports of the handlers: they need {needed} (LAMBDA_PYTHON=…)"])
    for function in plan.functions:
        roots = built.roots(function.name, function.layers)
        failure = import_alone(interpreter, function, roots, built.of("bytecode"))
        findings += [failure] if failure is not None else []
    return Report(weights, findings, [])
