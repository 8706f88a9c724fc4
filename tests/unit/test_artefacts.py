"""The package budget on small made-up artefacts: what is too big, missing, hidden or left out is found."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from infra.artefacts import sizes
from infra.artefacts.build import checksum_of
from infra.artefacts.image import Dockerfile, check_dockerfile, check_system_libraries
from infra.artefacts.imports import check_imports
from infra.artefacts.interpreter import import_alone
from infra.artefacts.plan import Function, read_plan
from infra.artefacts.precedence import check_precedence
from infra.artefacts.sizes import Size, check_image, check_weights, size_of, weigh

ROOT = Path(__file__).resolve().parents[2]
PLAN = read_plan(ROOT / "template.yaml")
DOCKERFILE = (ROOT / "functions" / "ml.Dockerfile").read_text("utf-8")
MB = 1024**2


def write(folder: Path, **files: str) -> Path:
    for name, text in files.items():
        path = folder / f"{name.replace('_in_', '/')}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    return folder


def test_the_plan_is_the_templates() -> None:
    assert (PLAN.python, PLAN.architecture) == ("3.13", "x86_64")
    assert {function.name for function in PLAN.images} == {
        "TrainFunction",
        "EvaluateFunction",
        "PredictFunction",
    }
    ingest = next(function for function in PLAN.zipped if function.name == "IngestFunction")
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

    assert [finding.artefact for finding in found] == ([name] if words else [])
    assert words is None or words in found[0].message


def test_an_image_of_more_than_lambda_takes_is_found() -> None:
    assert check_image(Size(sizes.IMAGE_LIMIT - 1, 1, ())) == []
    assert "torch" in check_image(Size(sizes.IMAGE_LIMIT, 1, (("torch", sizes.IMAGE_LIMIT),)))[0].message


def test_an_import_that_nothing_in_the_artefact_answers_is_found_wherever_it_hides(tmp_path: Path) -> None:
    task = write(
        tmp_path / "task",
        handler="import json\nimport boto3\nfrom plantcast.work import go\n",
        other="import unheard_of\n",
    )
    layer = write(
        tmp_path / "layer",
        plantcast_in___init__="",
        plantcast_in_work="""
from typing import TYPE_CHECKING
if TYPE_CHECKING:
    import only_for_types
def go():
    import missing_library
    from plantcast import missing_module
    try:
        import perhaps
    except ImportError:
        import instead
    try:
        from . import later
    finally:
        pass
""",
        plantcast_in_later="import library\n",
        library_in___init__="""
import missing_of_library.inner
try:
    import optional
except ImportError:
    optional = None
def lazily():
    import also_optional
""",
    )

    found = {finding.message.partition(" ")[0] for finding in check_imports("F", "handler", [task, layer])}

    assert found == {
        "boto3",
        "missing_library",
        "instead",
        "plantcast.missing_module",
        "missing_of_library",
        "missing_of_library.inner",
    }


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

    assert len(found) == (1 if words else 0), found
    assert words is None or words in found[0].message
    assert not list(tmp_path.glob("task/**/__pycache__"))


def test_a_library_in_two_versions_and_a_module_that_hides_another_are_found(tmp_path: Path) -> None:
    task, layer = tmp_path / "task", tmp_path / "layer"
    for root, version in ((task, "1.0"), (layer, "2.0")):
        (root / f"Some_Library-{version}.dist-info").mkdir(parents=True)
        (root / "same-1.0.dist-info").mkdir()
        write(root, same="x = 1\n", handler=f"version = {version}\n")

    found = [finding.message for finding in check_precedence("F", [("F", task), ("Layer", layer)])]

    assert found == [
        "some-library is 1.0 in F and 2.0 in Layer; the first wins.",
        "handler.py differs in F and Layer; the first hides the second.",
    ]


def test_our_dockerfile_is_right() -> None:
    dockerfile = Dockerfile.parse("ml.Dockerfile", DOCKERFILE)
    assert dockerfile.requirements == ["requirements/ml.txt"]
    assert check_dockerfile(ROOT, dockerfile, PLAN) == []


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("python:3.13", "python:3.12", "not from public.ecr.aws/lambda/python:3.13"),
        ("requirements/ml.txt", "requirements/data.txt", "not requirements/ml.txt"),
        ("--no-deps ", "", "no list pins"),
        ("--no-deps", "--no-deps torch", "pip installs torch"),
        ("COPY functions/predict/", "COPY functions/notify/", ".dockerignore keeps from Docker"),
        ("COPY functions/train/", "COPY functions/gone/", "not in the repository"),
        ("functions/evaluate/\n", "elsewhere/\n", "EvaluateFunction runs functions.evaluate.handler"),
    ],
)
def test_a_wrong_dockerfile_is_found(old: str, new: str, words: str) -> None:
    assert old in DOCKERFILE
    found = check_dockerfile(ROOT, Dockerfile.parse("D", DOCKERFILE.replace(old, new)), PLAN)
    assert any(words in finding.message for finding in found), found


def test_a_library_of_the_system_that_a_wheel_needs_must_be_installed(tmp_path: Path) -> None:
    (tmp_path / "lib_lightgbm.so").write_bytes(b"\x7fELF\0libgomp.so.1\0libc.so.6\0")
    files = sorted(tmp_path.iterdir())
    assert check_system_libraries(Dockerfile.parse("D", DOCKERFILE), files) == []
    without = Dockerfile.parse("D", DOCKERFILE.replace(" libgomp ", " zlib "))
    assert "libgomp" in check_system_libraries(without, files)[0].message


def test_a_changed_list_changes_the_stamp_and_nothing_else_does(tmp_path: Path) -> None:
    for name in ("requirements/domain.txt", "functions/a/handler.py", "infra/build.mk", ".dockerignore"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("1")
    before = checksum_of(tmp_path, PLAN)
    (tmp_path / "functions/a/__pycache__").mkdir()
    (tmp_path / "functions/a/__pycache__/handler.pyc").write_text("x")
    (tmp_path / "README.md").write_text("x")
    assert checksum_of(tmp_path, PLAN) == before
    (tmp_path / "requirements/domain.txt").write_text("2")
    assert checksum_of(tmp_path, PLAN) != before
