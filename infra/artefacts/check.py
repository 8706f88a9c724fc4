"""Every check of the artefacts, over one build."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from ctypes.util import find_library
from dataclasses import dataclass
from pathlib import Path

from infra.artefacts.build import IMAGE, Built
from infra.artefacts.findings import Finding
from infra.artefacts.image import Dockerfile, check_dockerfile, check_system_libraries
from infra.artefacts.imports import check_imports
from infra.artefacts.interpreter import find_interpreter, import_alone
from infra.artefacts.plan import Function, Plan
from infra.artefacts.precedence import check_precedence
from infra.artefacts.sizes import Weight, check_image, check_weights, weigh


@dataclass(frozen=True)
class Report:
    """What was measured and found; `skipped` says what could not be checked on this machine, and why."""

    weights: list[Weight]
    findings: list[Finding]
    skipped: list[str]


def check(
    repository: Path, plan: Plan, built: Built, tell: Callable[[str], None] = lambda what: None
) -> Report:
    """Check sizes, imports, precedence and the image."""
    weights = weigh({function.name: function.layers for function in plan.zipped}, built.sizes)
    findings, skipped = check_weights(weights), []
    tell("reading what handlers import")
    for function in plan.functions:
        roots = _roots(built, function)
        findings += check_imports(function.name, function.handler, [root for _, root in roots])
        findings += check_precedence(function.name, roots)
    for name in sorted({function.dockerfile for function in plan.images if function.dockerfile}):
        dockerfile = Dockerfile.read(repository / name)
        findings += check_dockerfile(repository, dockerfile, plan)
        findings += check_system_libraries(dockerfile, sorted(built.of(IMAGE).rglob("*.so*")))
        findings += check_image(built.sizes[IMAGE])

    tell("importing handlers from their artefacts alone")
    interpreter = find_interpreter(plan.python)
    if interpreter is None or sys.platform != "linux" or os.uname().machine != plan.architecture:
        skipped.append(
            f"importing for real: no Python {plan.python} on Linux, {plan.architecture} (LAMBDA_PYTHON=…)"
        )
        return Report(weights, findings, skipped)
    for function in plan.functions:
        if function.is_image and find_library("gomp") is None:
            skipped.append(f"importing {function.name} for real: no libgomp here")
            continue
        folders = [root for _, root in _roots(built, function)]
        findings += import_alone(interpreter, function, folders, built.of("bytecode"))
    return Report(weights, findings, skipped)


def _roots(built: Built, function: Function) -> list[tuple[str, Path]]:
    if function.is_image:
        return [(IMAGE, built.of(IMAGE))]
    return built.roots(function.name, function.layers)
