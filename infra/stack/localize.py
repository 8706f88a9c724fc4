"""Rewrites `template.yaml` for an emulator: one function for each thing that the emulator cannot do.

The template stays written for AWS. What an emulator accepts and ignores (table TTL, bucket lifecycle) and
what conditions leave out (CloudFront, AWS Backup; the budget by its parameter) stays.
"""

from __future__ import annotations

from copy import deepcopy
from pathlib import Path
from typing import Any, Final, Literal

import yaml
from samtranslator.yaml_helper import intrinsics_multi_constructor

Target = Literal["ministack", "localstack"]
Template = dict[str, Any]

API: Final = "AWS::Serverless::Api"
FUNCTION: Final = "AWS::Serverless::Function"
LAYER: Final = "AWS::Serverless::LayerVersion"
ZIP_RUNTIME: Final = "python3.13"
# AWS Budgets is unknown to ministack.
LOCAL_PARAMETERS: Final = {"MonthlyBudget": "0"}
# LocalStack's CloudFormation reports them as created and creates nothing.
UNKNOWN_TO_LOCALSTACK: Final = frozenset({"AWS::CloudWatch::Dashboard", "AWS::Logs::MetricFilter"})


class _Loader(yaml.CSafeLoader):
    """Ten times faster than the loader written in Python."""


_Loader.add_multi_constructor("!", intrinsics_multi_constructor)


def load_template(path: Path) -> Template:
    """Parse a SAM template; short forms (`!Ref`) come out in their long form (`{"Ref": …}`)."""
    template: Template = yaml.load(path.read_text("utf-8"), _Loader)  # noqa: S506  # a safe loader
    return template


def resources(template: Template, kind: str) -> dict[str, dict[str, Any]]:
    """Return the resources of one type, by logical id."""
    return {name: body for name, body in template["Resources"].items() if body["Type"] == kind}


def localize(template: Template, target: Target, *, clock_offset_seconds: int = 0) -> Template:
    """Return a copy of `template` that `target` can deploy with `LOCAL_PARAMETERS`.

    `clock_offset_seconds` moves every function's clock, for demos at another date.
    """
    local = deepcopy(template)
    _make_images_zips(local)
    _drop_data_layer(local)
    if target == "ministack":
        _unescape_media_types(local)
    else:
        _drop_layers(local)
        _disable_compression(local)
        _name_log_groups_by_functions(local)
        for name, body in template["Resources"].items():
            if body["Type"] in UNKNOWN_TO_LOCALSTACK:
                del local["Resources"][name]
    if clock_offset_seconds:
        variables = local["Globals"]["Function"]["Environment"]["Variables"]
        variables["CLOCK_OFFSET_SECONDS"] = str(clock_offset_seconds)
    return local


def localize_machine(definition: dict[str, Any]) -> dict[str, Any]:
    """Return a copy of a state machine's definition with short retries of throttled calls.

    Nothing else uses up an emulator's concurrency: half an hour of retries would wait for nothing.
    """
    local = deepcopy(definition)
    for state in local["States"].values():
        for retrier in state.get("Retry", ()):
            if "Lambda.TooManyRequestsException" in retrier["ErrorEquals"]:
                retrier |= {"IntervalSeconds": 1, "MaxAttempts": 2}
        if "ItemProcessor" in state:
            state["ItemProcessor"] = localize_machine(state["ItemProcessor"])
    return local


def _make_images_zips(template: Template) -> None:
    """ministack runs PackageType Image only with Docker; LocalStack's community edition never does."""
    for function in resources(template, FUNCTION).values():
        properties = function["Properties"]
        if properties.pop("PackageType", "Zip") == "Image":
            # functions.train.handler.handler: the folder functions/train and handler.handler.
            *folder, module, name = properties.pop("ImageConfig")["Command"][0].split(".")
            function.pop("Metadata")
            properties |= {
                "CodeUri": "/".join(folder),
                "Handler": f"{module}.{name}",
                "Runtime": ZIP_RUNTIME,
                "Layers": [{"Ref": "DomainLayer"}],
            }


def _drop_data_layer(template: Template) -> None:
    """Functions run with libraries of this machine; a layer of wheels for Lambda would shadow them."""
    del template["Resources"]["DataLayer"]
    for function in resources(template, FUNCTION).values():
        layers = function["Properties"].get("Layers", [])
        function["Properties"]["Layers"] = [layer for layer in layers if layer != {"Ref": "DataLayer"}]


def _unescape_media_types(template: Template) -> None:
    """ministack takes `~1` as it is, matches nothing, and passes on compressed responses as base64."""
    for api in resources(template, API).values():
        properties = api["Properties"]
        properties["BinaryMediaTypes"] = [kind.replace("~1", "/") for kind in properties["BinaryMediaTypes"]]


def _drop_layers(template: Template) -> None:
    """LocalStack's community edition does not mount layers: `infra.build.package` copies their code."""
    for name in resources(template, LAYER):
        del template["Resources"][name]
    for function in resources(template, FUNCTION).values():
        del function["Properties"]["Layers"]


def _disable_compression(template: Template) -> None:
    """LocalStack does not take `*/*` as a binary media type: compressed responses would be base64."""
    template["Resources"]["ApiFunction"]["Properties"]["Environment"]["Variables"]["COMPRESS"] = "false"


def _name_log_groups_by_functions(template: Template) -> None:
    """LocalStack ignores LoggingConfig and writes to /aws/lambda/<name of the function>."""
    for name, function in resources(template, FUNCTION).items():
        group = function["Properties"].pop("LoggingConfig")["LogGroup"]["Ref"]
        template["Resources"][group]["Properties"]["LogGroupName"] = {"Fn::Sub": f"/aws/lambda/${{{name}}}"}
