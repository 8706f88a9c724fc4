"""Every zip and layer, built for Lambda: sizes, and imports from the artefact alone."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from infra.build.check import Report, check
from infra.build.interpreter import find_interpreter, import_alone
from infra.build.plan import read_plan
from infra.build.zips import Built, build
from plantcast.common.errors import TemporaryError
from tests.conftest import ROOT

PLAN = read_plan(ROOT / "template.yaml")


@pytest.fixture(scope="module")
def built() -> Built:
    """The build of this checkout, kept between runs; skips without a package index, except in CI."""
    try:
        return build(ROOT, PLAN)
    except TemporaryError as error:
        if os.environ.get("CI"):
            raise
        pytest.skip(f"the package index cannot be reached: {error.message.splitlines()[-1]}")


@pytest.fixture(scope="module")
def report(built: Built) -> Report:
    return check(PLAN, built)


def test_nothing_is_wrong_with_any_artefact(report: Report) -> None:
    assert report.findings == []


def test_every_function_was_weighed_with_its_libraries(report: Report) -> None:
    weights = {weight.function: weight for weight in report.weights}
    assert set(weights) == {function.name for function in PLAN.functions}
    assert "pyarrow" in dict(weights["IngestFunction"].packages)
    assert weights["ApiFunction"].unzipped > 5_000_000


def test_an_artefact_that_lost_a_library_is_found(built: Built, tmp_path: Path) -> None:
    """The check is real: without its layer of libraries ingest lacks pandas."""
    interpreter = find_interpreter(PLAN.python)
    if interpreter is None:
        pytest.skip(f"there is no Python {PLAN.python} on this machine (LAMBDA_PYTHON=…)")
    ingest = next(function for function in PLAN.functions if function.name == "IngestFunction")
    said = import_alone(interpreter, ingest, built.roots(ingest.name, ("DomainLayer",)), tmp_path)
    assert said is not None
    assert "No module named" in said


def test_handlers_were_imported_for_real(report: Report) -> None:
    if report.skipped:
        pytest.skip("; ".join(report.skipped))
