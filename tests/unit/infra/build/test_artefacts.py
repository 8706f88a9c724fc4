"""Checks of artefacts on small made-up ones: what is too large or cannot be imported is found."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from infra.build import artefacts as module
from infra.build.artefacts import Artefact, artefacts, check, import_alone
from infra.stack.localize import load_template

ROOT = Path(__file__).resolve().parents[4]


def made(tmp_path: Path, handler: str) -> Artefact:
    for name, text in (("task/handler.py", handler), ("layer/inside.py", "x = 1\n")):
        path = tmp_path / name
        path.parent.mkdir()
        path.write_text(text, "utf-8")
    return Artefact("F", "handler", (tmp_path / "task", tmp_path / "layer"), {"STATIONS": "108"})


def test_functions_have_the_templates_layers_and_variables() -> None:
    found = {one.function: one for one in artefacts(load_template(ROOT / "template.yaml"), Path("built"))}
    assert not {"TrainFunction", "EvaluateFunction", "PredictFunction"} & set(found)
    ingest = found["IngestFunction"]
    assert [str(root) for root in ingest.roots] == [
        "built/IngestFunction",
        "built/DataLayer/python",
        "built/DomainLayer/python",
    ]
    assert (ingest.module, ingest.environment["POWERTOOLS_SERVICE_NAME"]) == ("handler", "ingest")


def test_a_function_over_its_limit_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    one = made(tmp_path, "x")
    monkeypatch.setattr(module, "UNZIPPED_LIMIT", one.size + 1)
    assert check([one], None) == []
    monkeypatch.setattr(module, "UNZIPPED_LIMIT", one.size)
    assert check([one], None) == ["F: 0.0 MB unzipped with layers; the limit is 0.0 MB"]


@pytest.mark.parametrize(
    ("handler", "message"),
    [
        ("import json, inside, os\nos.environ['STATIONS']\ndef handler(event, context): ...\n", None),
        ("import pydantic\n", "No module named 'pydantic'"),  # this environment has it, the artefact has not
        ("import os\nos.environ['HOME']\n", "KeyError: 'HOME'"),
        ("import inside\n", "no function handler"),
    ],
)
def test_a_handler_is_imported_with_nothing_but_its_artefact_and_its_variables(
    handler: str, message: str | None, tmp_path: Path
) -> None:
    found = import_alone(sys.executable, made(tmp_path, handler))
    assert found is None if message is None else message in str(found)
