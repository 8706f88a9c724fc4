"""The template as emulators get it: what may differ from template.yaml, and nothing else."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from infra.build.package import build
from infra.stack.localize import (
    FUNCTION,
    UNKNOWN_TO_LOCALSTACK,
    UNKNOWN_TO_MINISTACK,
    Target,
    Template,
    load_template,
    localize,
    resources,
)
from plantcast.common.errors import InvalidInputError

ROOT = Path(__file__).resolve().parents[4]
IMAGE_FUNCTIONS = {"TrainFunction", "EvaluateFunction", "PredictFunction"}
LOG_GROUP = "AWS::Logs::LogGroup"
BOTH: list[Target] = ["ministack", "localstack"]
WEBSITE = {"WebBucket", "WebBucketPolicy", "WebDistribution", "WebOriginAccess"}
# Resources that a test of their own is about.
OF_RULES: dict[Target, set[str]] = {
    "ministack": {"Api", *WEBSITE},
    "localstack": {*WEBSITE, "DataBucket", "Table"}
    | set(resources(load_template(ROOT / "template.yaml"), LOG_GROUP)),
}
UNKNOWN = {"ministack": UNKNOWN_TO_MINISTACK, "localstack": UNKNOWN_TO_LOCALSTACK}


@pytest.fixture(scope="module")
def template() -> Template:
    return load_template(ROOT / "template.yaml")


def differences(before: Any, after: Any, path: str = "") -> set[str]:
    """Return the paths at which two nested structures differ, one for each leaf or missing branch."""
    if isinstance(before, dict) and isinstance(after, dict):
        found: set[str] = set()
        for key in before.keys() | after.keys():
            where = f"{path}/{key}"
            if key not in before or key not in after:
                found.add(where)
            else:
                found |= differences(before[key], after[key], where)
        return found
    return set() if before == after else {path}


@pytest.mark.parametrize("target", BOTH)
def test_localize_leaves_its_input_alone(template: Template, target: Target) -> None:
    before = json.dumps(template, sort_keys=True)
    localize(template, target)
    assert json.dumps(template, sort_keys=True) == before


@pytest.mark.parametrize("target", BOTH)
def test_only_functions_and_layers_differ_from_the_template(template: Template, target: Target) -> None:
    local = localize(template, target)
    changed = {path.split("/")[2] for path in differences(template["Resources"], local["Resources"], "/")}
    kinds = {template["Resources"][name]["Type"] for name in changed - OF_RULES[target]}
    assert kinds <= {FUNCTION, "AWS::Serverless::LayerVersion"} | UNKNOWN[target]


@pytest.mark.parametrize("target", BOTH)
def test_the_website_is_the_public_bucket_and_nothing_asks_for_cloudfront(
    template: Template, target: Target
) -> None:
    local = localize(template, target)
    kinds = {body["Type"] for body in local["Resources"].values()}
    assert not [kind for kind in kinds if kind.startswith("AWS::CloudFront::")]
    assert not re.search("HasCloudFront|HasPublicBucket|WebDistribution", json.dumps(local))
    bucket = local["Resources"]["WebBucket"]["Properties"]
    assert bucket["WebsiteConfiguration"]["IndexDocument"] == "index.html"
    assert bucket["PublicAccessBlockConfiguration"]["BlockPublicPolicy"] is False
    (statement,) = local["Resources"]["WebBucketPolicy"]["Properties"]["PolicyDocument"]["Statement"]
    assert (statement["Principal"], statement["Action"]) == ("*", "s3:GetObject")
    assert {"DashboardUrl", "DashboardWebsiteUrl"} <= local["Outputs"].keys()


def test_on_localstack_alone_a_log_group_has_the_name_that_it_writes_to(template: Template) -> None:
    assert resources(localize(template, "ministack"), LOG_GROUP) == resources(template, LOG_GROUP)
    local = localize(template, "localstack")
    for name, function in resources(local, FUNCTION).items():
        assert "LoggingConfig" not in function["Properties"]
        group = local["Resources"][f"{name.removesuffix('Function')}Logs"]["Properties"]
        assert group["LogGroupName"] == {"Fn::Sub": f"/aws/lambda/${{{name}}}"}


@pytest.mark.parametrize("target", BOTH)
def test_an_emulator_gets_no_resource_of_a_type_it_does_not_know_and_all_others(
    template: Template, target: Target
) -> None:
    local = localize(template, target)
    unknown = {name for kind in UNKNOWN[target] for name in resources(template, kind)}
    others = {name for kind in UNKNOWN_TO_LOCALSTACK - UNKNOWN[target] for name in resources(template, kind)}
    assert unknown.isdisjoint(local["Resources"])
    assert others <= local["Resources"].keys()
    # What was left out is named by nothing that stays.
    left = json.dumps(local)
    named = [f'"Ref": "{name}"' in left or f'"Fn::GetAtt": ["{name}"' in left for name in unknown]
    assert not any(named)


@pytest.mark.parametrize("name", sorted(IMAGE_FUNCTIONS))
def test_image_functions_become_zips_with_the_handler_of_their_command(template: Template, name: str) -> None:
    function = localize(template, "ministack")["Resources"][name]
    short = name.removesuffix("Function").lower()
    assert function["Properties"]["CodeUri"] == f"functions/{short}"
    assert function["Properties"]["Handler"] == "handler.handler"
    assert (ROOT / "functions" / short / "handler.py").is_file()
    assert not {"PackageType", "ImageConfig"} & function["Properties"].keys()


@pytest.mark.parametrize("target", BOTH)
@pytest.mark.parametrize("name", ["pipeline", "backfill"])
def test_of_a_state_machine_only_the_retries_of_throttles_differ(
    name: str, target: Target, tmp_path: Path
) -> None:
    original = json.loads((ROOT / "infra" / f"{name}.asl.json").read_text("utf-8"))
    build(ROOT, tmp_path / "build", target)
    local = json.loads((tmp_path / "build" / "infra" / f"{name}.asl.json").read_text("utf-8"))

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

    assert put_back(local) > 3
    assert local == original


def test_the_clock_moves_only_when_asked(template: Template) -> None:
    def variables(local: Template) -> dict[str, Any]:
        found: dict[str, Any] = local["Globals"]["Function"]["Environment"]["Variables"]
        return found

    assert "CLOCK_OFFSET_SECONDS" not in variables(localize(template, "ministack"))
    moved = variables(localize(template, "ministack", clock_offset_seconds=-86400))
    assert moved.pop("CLOCK_OFFSET_SECONDS") == "-86400"
    assert moved == variables(template)


def test_on_localstack_the_domain_code_is_in_every_zip(tmp_path: Path) -> None:
    build(ROOT, tmp_path / "build", "localstack")
    folders = sorted((tmp_path / "build" / "functions").iterdir())
    assert len(folders) == 10
    assert all((folder / "plantcast" / "__init__.py").is_file() for folder in folders)


@pytest.mark.parametrize("name", ["README.md", ".git/HEAD"])
def test_a_folder_that_no_build_made_is_refused_and_kept(tmp_path: Path, name: str) -> None:
    (tmp_path / name).parent.mkdir(exist_ok=True)
    (tmp_path / name).write_text("mine")
    with pytest.raises(InvalidInputError, match="holds files that no build of Plantcast wrote"):
        build(ROOT, tmp_path, "ministack")
    assert (tmp_path / name).read_text() == "mine"
