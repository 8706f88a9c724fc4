"""Rewrites `template.yaml` for an emulator: named rules, each with its reason.

The template stays written for AWS. A rule removes or replaces only what the target cannot do;
`tests/unit/infra/stack/test_localize.py` pins the differences. What an emulator accepts
and ignores (table TTL, bucket lifecycle) stays.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

import yaml
from samtranslator.yaml_helper import intrinsics_multi_constructor

Target = Literal["ministack", "localstack"]
Template = dict[str, Any]

API = "AWS::Serverless::Api"
FUNCTION = "AWS::Serverless::Function"
LAYER = "AWS::Serverless::LayerVersion"
ZIP_RUNTIME = "python3.13"


@dataclass(frozen=True)
class Rule:
    """One change to the template: `apply` edits the template in place."""

    name: str
    reason: str
    targets: frozenset[Target]
    apply: Callable[[Template], None]


class _Loader(yaml.CSafeLoader):
    """Ten times faster than the loader written in Python."""


_Loader.add_multi_constructor("!", intrinsics_multi_constructor)


def load_template(path: Path) -> Template:
    """Parse a SAM template; short forms (`!Ref`) come out in their long form (`{"Ref": …}`)."""
    template: Template = yaml.load(path.read_text("utf-8"), _Loader)  # noqa: S506  # a safe loader
    return template


def localize(template: Template, target: Target, *, clock_offset_seconds: int = 0) -> Template:
    """Return a copy of `template` that `target` can deploy.

    `clock_offset_seconds` moves every function's clock, for demos that stand at another date.
    """
    local = deepcopy(template)
    for rule in RULES:
        if target in rule.targets:
            rule.apply(local)
    if clock_offset_seconds:
        variables = local["Globals"]["Function"]["Environment"]["Variables"]
        variables["CLOCK_OFFSET_SECONDS"] = str(clock_offset_seconds)
    return local


def localize_machine(definition: dict[str, Any], target: Target) -> dict[str, Any]:
    """Return a copy of a state machine's definition that `target` can run."""
    local = deepcopy(definition)
    for rule in MACHINE_RULES:
        if target in rule.targets:
            rule.apply(local)
    return local


def resources(template: Template, kind: str) -> dict[str, dict[str, Any]]:
    """Return the resources of one type, by logical id."""
    return {name: body for name, body in template["Resources"].items() if body["Type"] == kind}


def layer_folders(template: Template, function: dict[str, Any]) -> list[str]:
    """Return the `ContentUri` of each layer a function names, in order."""
    layers = resources(template, LAYER)
    references = function["Properties"].get("Layers", [])
    return [layers[reference["Ref"]]["Properties"]["ContentUri"] for reference in references]


def _image_functions_become_zip(template: Template) -> None:
    for function in resources(template, FUNCTION).values():
        properties = function["Properties"]
        if properties.pop("PackageType", "Zip") != "Image":
            continue
        folder, handler = _split_command(properties.pop("ImageConfig")["Command"][0])
        function.pop("Metadata")
        properties |= {
            "CodeUri": folder,
            "Handler": handler,
            "Runtime": ZIP_RUNTIME,
            "Layers": [{"Ref": "DomainLayer"}],
        }


def _split_command(command: str) -> tuple[str, str]:
    """Split `functions.train.handler.handler` into the folder `functions/train` and `handler.handler`."""
    *folder, module, function = command.split(".")
    return "/".join(folder), f"{module}.{function}"


def _interpreter_brings_libraries(template: Template) -> None:
    del template["Resources"]["DataLayer"]
    for function in resources(template, FUNCTION).values():
        properties = function["Properties"]
        if "Layers" in properties:
            properties["Layers"] = [layer for layer in properties["Layers"] if layer != {"Ref": "DataLayer"}]


def _layers_fold_into_zips(template: Template) -> None:
    # infra.build.package copies each function's layers into its zip, so only the references go.
    for name in list(resources(template, LAYER)):
        del template["Resources"][name]
    for function in resources(template, FUNCTION).values():
        function["Properties"].pop("Layers", None)


def _build_recipes_are_for_sam(template: Template) -> None:
    for kind in (FUNCTION, LAYER):
        for resource in resources(template, kind).values():
            resource.pop("Metadata", None)


def _media_types_are_unescaped(template: Template) -> None:
    for api in resources(template, API).values():
        properties = api["Properties"]
        properties["BinaryMediaTypes"] = [kind.replace("~1", "/") for kind in properties["BinaryMediaTypes"]]


def _answers_are_not_compressed(template: Template) -> None:
    template["Resources"]["ApiFunction"]["Properties"]["Environment"]["Variables"]["COMPRESS"] = "false"


def _cloudfront_is_left_out(template: Template) -> None:
    conditions = template["Conditions"]
    del conditions["HasCloudFront"], conditions["HasPublicBucket"]
    for part in ("Resources", "Outputs"):
        kept = {
            name: body for name, body in template[part].items() if body.get("Condition") != "HasCloudFront"
        }
        for body in kept.values():
            if body.get("Condition") == "HasPublicBucket":
                del body["Condition"]
        template[part] = _when_true(kept, "HasPublicBucket")


def _when_true(value: Any, condition: str) -> Any:
    """Replace each `!If` on `condition` inside `value` by what it gives when the condition holds."""
    if isinstance(value, dict):
        choice = value.get("Fn::If")
        if choice is not None and choice[0] == condition:
            return _when_true(choice[1], condition)
        return {key: _when_true(entry, condition) for key, entry in value.items()}
    if isinstance(value, list):
        return [_when_true(entry, condition) for entry in value]
    return value


def _retained_resources_say_retain(template: Template) -> None:
    for resource in template["Resources"].values():
        if resource.get("DeletionPolicy") == "RetainExceptOnCreate":
            resource["DeletionPolicy"] = "Retain"


def _log_groups_are_named_by_functions(template: Template) -> None:
    for name, function in resources(template, FUNCTION).items():
        group = function["Properties"].pop("LoggingConfig")["LogGroup"]["Ref"]
        template["Resources"][group]["Properties"]["LogGroupName"] = {"Fn::Sub": f"/aws/lambda/${{{name}}}"}


# For operators on AWS; nothing that stays names a resource of these types.
UNKNOWN_TO_MINISTACK: Final = frozenset(
    {"AWS::Backup::BackupPlan", "AWS::Backup::BackupSelection", "AWS::Budgets::Budget"}
)
UNKNOWN_TO_LOCALSTACK: Final = UNKNOWN_TO_MINISTACK | {
    "AWS::CloudWatch::Dashboard",
    "AWS::Logs::MetricFilter",
}


def _left_out(kinds: Iterable[str]) -> Callable[[Template], None]:
    def leave_out(template: Template) -> None:
        for kind in kinds:
            for name in resources(template, kind):
                del template["Resources"][name]

    return leave_out


def _throttles_are_short(definition: dict[str, Any]) -> None:
    for state in definition["States"].values():
        for retrier in state.get("Retry", ()):
            if "Lambda.TooManyRequestsException" in retrier["ErrorEquals"]:
                retrier |= {"IntervalSeconds": 1, "MaxAttempts": 2}
        if "ItemProcessor" in state:
            _throttles_are_short(state["ItemProcessor"])


BOTH: frozenset[Target] = frozenset({"ministack", "localstack"})

RULES: tuple[Rule, ...] = (
    Rule(
        "image-functions-become-zip",
        "ministack runs PackageType Image only with Docker; LocalStack's community edition never does.",
        BOTH,
        _image_functions_become_zip,
    ),
    Rule(
        "interpreter-brings-libraries",
        "Functions run with the interpreter that started the emulator, so pandas and the like are its own; "
        "a layer of manylinux wheels for Python 3.13 would shadow them.",
        BOTH,
        _interpreter_brings_libraries,
    ),
    Rule(
        "layers-fold-into-zips",
        "LocalStack's community edition deploys layers and never mounts their code.",
        frozenset({"localstack"}),
        _layers_fold_into_zips,
    ),
    Rule(
        "build-recipes-are-for-sam",
        "BuildMethod and Docker metadata are instructions to `sam build`, which does not run here.",
        BOTH,
        _build_recipes_are_for_sam,
    ),
    Rule(
        "media-types-are-unescaped",
        "CloudFormation wants `~1` for the slash of a media type; ministack takes the value as it stands, "
        "matches nothing, and hands on compressed answers as base64.",
        frozenset({"ministack"}),
        _media_types_are_unescaped,
    ),
    Rule(
        "answers-are-not-compressed",
        "LocalStack takes no `*/*` for a binary media type: it would hand on compressed answers as base64.",
        frozenset({"localstack"}),
        _answers_are_not_compressed,
    ),
    Rule(
        "cloudfront-is-left-out",
        "LocalStack's community edition has no CloudFront and ministack's serves no files; "
        "both serve the bucket's objects under their own address.",
        BOTH,
        _cloudfront_is_left_out,
    ),
    Rule(
        "retained-resources-say-retain",
        "With a stack LocalStack deletes whatever does not say Retain: what says RetainExceptOnCreate, too.",
        frozenset({"localstack"}),
        _retained_resources_say_retain,
    ),
    Rule(
        "log-groups-are-named-by-functions",
        "LocalStack stores LoggingConfig and writes to /aws/lambda/<name of the function> all the same.",
        frozenset({"localstack"}),
        _log_groups_are_named_by_functions,
    ),
    Rule(
        "budgets-are-left-out",
        "ministack's CloudFormation refuses a stack with a type that it does not know.",
        frozenset({"ministack"}),
        _left_out(UNKNOWN_TO_MINISTACK),
    ),
    Rule(
        "unknown-types-are-left-out",
        "LocalStack's CloudFormation makes no budgets, dashboards or metric filters, and says that it did.",
        frozenset({"localstack"}),
        _left_out(UNKNOWN_TO_LOCALSTACK),
    ),
)

MACHINE_RULES: tuple[Rule, ...] = (
    Rule(
        "throttles-are-short",
        "Nothing else uses up an emulator's concurrency: half an hour of retries would wait for nothing.",
        BOTH,
        _throttles_are_short,
    ),
)
