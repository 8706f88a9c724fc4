"""The template as emulators get it: what may differ from template.yaml, and nothing else."""

from __future__ import annotations

import json
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from infra.build.package import build
from infra.stack.localize import (
    FUNCTION,
    LAYER,
    UNKNOWN_TO_LOCALSTACK,
    Target,
    Template,
    load_template,
    localize,
    localize_machine,
    resources,
)

ROOT = Path(__file__).resolve().parents[4]
LOG_GROUP = "AWS::Logs::LogGroup"
CHANGED: dict[Target, set[str]] = {
    "ministack": {FUNCTION, LAYER, "AWS::Serverless::Api"},
    "localstack": {FUNCTION, LAYER, LOG_GROUP, *UNKNOWN_TO_LOCALSTACK},
}


@pytest.fixture(scope="module")
def template() -> Template:
    return load_template(ROOT / "template.yaml")


@pytest.mark.parametrize("target", CHANGED)
def test_nothing_differs_from_the_template_but_what_the_emulator_cannot_do(
    template: Template, target: Target
) -> None:
    before = deepcopy(template)
    local = localize(template, target)
    assert template == before
    assert {name: part for name, part in local.items() if name != "Resources"} == {
        name: part for name, part in template.items() if name != "Resources"
    }
    written, changed = template["Resources"], local["Resources"]
    assert changed.keys() <= written.keys()
    assert {body["Type"] for name, body in written.items() if changed.get(name) != body} == CHANGED[target]


def test_on_localstack_a_log_group_has_the_name_that_it_writes_to(template: Template) -> None:
    local = localize(template, "localstack")
    for name, function in resources(local, FUNCTION).items():
        assert "LoggingConfig" not in function["Properties"]
        group = local["Resources"][f"{name.removesuffix('Function')}Logs"]["Properties"]
        assert group["LogGroupName"] == {"Fn::Sub": f"/aws/lambda/${{{name}}}"}


def test_what_localstack_does_not_make_is_named_by_nothing_that_stays(template: Template) -> None:
    left = json.dumps(localize(template, "localstack"))
    for kind in UNKNOWN_TO_LOCALSTACK:
        for name in resources(template, kind):
            assert f'"Ref": "{name}"' not in left
            assert f'"Fn::GetAtt": ["{name}"' not in left


@pytest.mark.parametrize("name", ["TrainFunction", "EvaluateFunction", "PredictFunction"])
def test_image_functions_become_zips_with_the_handler_of_their_command(template: Template, name: str) -> None:
    properties = localize(template, "ministack")["Resources"][name]["Properties"]
    short = name.removesuffix("Function").lower()
    assert (properties["CodeUri"], properties["Handler"]) == (f"functions/{short}", "handler.handler")
    assert (ROOT / "functions" / short / "handler.py").is_file()
    assert not {"PackageType", "ImageConfig"} & properties.keys()


@pytest.mark.parametrize("name", ["pipeline", "update", "backfill"])
def test_of_a_state_machine_only_the_retries_of_throttles_differ(name: str) -> None:
    original = json.loads((ROOT / "infra" / f"{name}.asl.json").read_text("utf-8"))
    local = localize_machine(original)

    def put_back(machine: dict[str, Any]) -> int:
        changed = 0
        for state in machine["States"].values():
            if state["Type"] == "Task":
                throttled = state["Retry"][0]
                assert (throttled["IntervalSeconds"], throttled["MaxAttempts"]) == (1, 2)
                throttled |= {"IntervalSeconds": 30, "MaxAttempts": 10}
                changed += 1
            changed += put_back(state["ItemProcessor"]) if "ItemProcessor" in state else 0
        return changed

    assert put_back(local) > 1
    assert local == original


def test_the_clock_moves_only_when_asked(template: Template) -> None:
    moved = localize(template, "ministack", clock_offset_seconds=-86400)["Globals"]["Function"]
    assert moved["Environment"]["Variables"].pop("CLOCK_OFFSET_SECONDS") == "-86400"
    assert moved == template["Globals"]["Function"]


def test_on_localstack_the_domain_code_is_in_every_zip(tmp_path: Path) -> None:
    build(ROOT, tmp_path / "build", "localstack")
    folders = sorted((tmp_path / "build" / "functions").iterdir())
    assert len(folders) == 12
    assert all((folder / "plantcast" / "__init__.py").is_file() for folder in folders)
