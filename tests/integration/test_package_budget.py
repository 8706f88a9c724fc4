"""Every zip and layer, built for Lambda: sizes, and imports from the artefact alone."""

from __future__ import annotations

import os
from dataclasses import replace

import pytest

from infra.build.artefacts import Artefact, build, check, find_interpreter, import_alone
from plantcast.common.errors import TemporaryError
from tests.conftest import ROOT


@pytest.fixture(scope="module")
def built() -> list[Artefact]:
    """The build of this checkout, kept between runs; skips without a package index, except in CI."""
    try:
        return build(ROOT)
    except TemporaryError as error:
        if os.environ.get("CI"):
            raise
        pytest.skip(f"the package index cannot be reached: {error.message.splitlines()[-1]}")


def test_every_artefact_is_within_its_limit_and_can_be_imported(built: list[Artefact]) -> None:
    assert check(built, find_interpreter()) == []
    sizes = {one.function: one.size for one in built}
    assert sizes["ApiFunction"] > 5_000_000, "without its libraries"
    assert sizes["IngestFunction"] > 100_000_000, "without its libraries"


def test_an_artefact_without_its_libraries_is_found(built: list[Artefact]) -> None:
    interpreter = find_interpreter()
    if interpreter is None:
        pytest.skip("there is no Python of Lambda's version on this machine (LAMBDA_PYTHON=…)")
    (ingest,) = [one for one in built if one.function == "IngestFunction"]
    roots = tuple(root for root in ingest.roots if "DataLayer" not in root.parts)
    assert "No module named" in str(import_alone(interpreter, replace(ingest, roots=roots)))
