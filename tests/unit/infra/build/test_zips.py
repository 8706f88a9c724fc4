"""The package budget on small made-up artefacts: what is too big or cannot be imported is found."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from infra.build.interpreter import import_alone
from infra.build.plan import Function, read_plan
from infra.build.sizes import Size, check_weights, size_of, weigh
from infra.build.zips import checksum_of

ROOT = Path(__file__).resolve().parents[4]
PLAN = read_plan(ROOT / "template.yaml")
MB = 1024**2


def write(folder: Path, **files: str) -> Path:
    for name, text in files.items():
        path = folder / f"{name.replace('_in_', '/')}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    return folder


def test_the_plan_is_the_templates() -> None:
    assert (PLAN.python, PLAN.architecture) == ("3.13", "x86_64")
    assert set(PLAN.images) == {"TrainFunction", "EvaluateFunction", "PredictFunction"}
    ingest = next(function for function in PLAN.functions if function.name == "IngestFunction")
    assert (ingest.handler, ingest.layers) == ("handler", ("DomainLayer", "DataLayer"))
    assert dict(ingest.environment)["POWERTOOLS_SERVICE_NAME"] == "ingest"


def test_every_zip_function_and_layer_is_built_by_make_so_that_no_other_python_is_needed() -> None:
    for name, folder in PLAN.folders:
        recipe = (ROOT / folder / "Makefile").read_text("utf-8")
        assert f"\nbuild-{name}:\n" in recipe
    assert (ROOT / "template.yaml").read_text("utf-8").count("BuildMethod: makefile") == len(PLAN.folders)


def test_a_folder_is_measured_by_what_its_zip_really_takes(tmp_path: Path) -> None:
    folder = tmp_path / "layer"
    (folder / "python" / "pack").mkdir(parents=True)
    (folder / "python" / "pack" / "zeros").write_bytes(bytes(MB))
    (folder / "python" / "one.py").write_bytes(b"x")

    size = size_of(folder, tmp_path / "layer.zip")

    assert (size.unzipped, size.packages) == (MB + 1, (("pack", MB), ("one.py", 1)))
    assert 100 < size.zipped < 5_000
    assert not (tmp_path / "layer.zip").exists()


@pytest.mark.parametrize(
    ("name", "own", "layer", "zipped", "words"),
    [
        ("IngestFunction", 1, 250 * MB - 2, 1, None),
        (
            "IngestFunction",
            1,
            250 * MB - 1,
            1,
            "250.0 MB unzipped with layers; the limit is 250.0 MB. Biggest: big",
        ),
        ("IngestFunction", 1, 1, 50 * MB, "its zip is 50.0 MB; the limit is 50.0 MB"),
        ("ApiFunction", 20 * MB, 10 * MB - 1, 1, None),
        ("ApiFunction", 20 * MB, 10 * MB, 1, "30.0 MB unzipped with layers; the limit is 30.0 MB"),
    ],
)
def test_a_broken_budget_names_function_size_limit_and_packages(
    name: str, own: int, layer: int, zipped: int, words: str | None
) -> None:
    measured = {name: Size(own, zipped, (("own", own),)), "Layer": Size(layer, 1, (("big", layer),))}

    found = check_weights(weigh({name: ["Layer"]}, measured))

    assert len(found) == (1 if words else 0)
    assert words is None or f"{name}: {words}" in found[0]


@pytest.mark.parametrize(
    ("handler", "words"),
    [
        ("import json, inside\n\ndef handler(event, context): ...\n", None),
        ("import pydantic\n", "No module named 'pydantic'"),  # this environment has it, the artefact has not
        ("import os\nos.environ['STATIONS']\ndef handler(event, context): ...\n", None),
        ("import os\nos.environ['HOME']\n", "KeyError: 'HOME'"),
        ("import inside\n", "no function handler"),
    ],
)
def test_a_handler_is_imported_with_nothing_but_its_artefact_and_its_variables(
    handler: str, words: str | None, tmp_path: Path
) -> None:
    task, layer = write(tmp_path / "task", handler=handler), write(tmp_path / "layer", inside="x = 1\n")
    function = Function("F", "handler", (), (("STATIONS", "108"),))

    found = import_alone(Path(sys.executable), function, [task, layer], tmp_path / "bytecode")

    assert (words is None) is (found is None), found
    assert words is None or words in str(found)
    assert not list(tmp_path.glob("task/**/__pycache__"))


def test_a_changed_list_changes_the_stamp_and_nothing_else_does(tmp_path: Path) -> None:
    for name in ("requirements/domain.txt", "functions/a/handler.py", "infra/build.mk"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("1")
    before = checksum_of(tmp_path, PLAN)
    (tmp_path / "functions/a/__pycache__").mkdir()
    (tmp_path / "functions/a/__pycache__/handler.pyc").write_text("x")
    (tmp_path / "README.md").write_text("x")
    assert checksum_of(tmp_path, PLAN) == before
    (tmp_path / "requirements/domain.txt").write_text("2")
    assert checksum_of(tmp_path, PLAN) != before
