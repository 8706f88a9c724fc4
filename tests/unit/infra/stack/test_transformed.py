"""The template as AWS makes it: nothing lost, suppressions passed on, the source left alone."""

from __future__ import annotations

from copy import deepcopy
from pathlib import Path
from typing import Any

from infra.stack.localize import load_template
from infra.stack.transformed import transformed

ROOT = Path(__file__).resolve().parents[4]
SKIP = {"skip": [{"id": "CKV_AWS_76", "comment": "a reason"}]}


def template() -> dict[str, Any]:
    return load_template(ROOT / "template.yaml")


def test_every_resource_is_there_as_cloudformation() -> None:
    source = template()
    before = deepcopy(source)
    made = transformed(source)["Resources"]
    assert source == before
    assert not [name for name, resource in made.items() if resource["Type"].startswith("AWS::Serverless")]
    # SAM adds a checksum to the name of a layer.
    assert [name for name in source["Resources"] if not any(key.startswith(name) for key in made)] == []
    assert {"PredictFunctionRole", "PipelineRole", "ApiprodStage"} <= set(made)


def test_errors_of_the_gateway_itself_may_be_read_by_any_page() -> None:
    body = transformed(template())["Resources"]["Api"]["Properties"]["Body"]
    responses = body["x-amazon-apigateway-gateway-responses"]
    assert {kind: response["responseParameters"] for kind, response in responses.items()} == {
        kind: {"gatewayresponse.header.Access-Control-Allow-Origin": "'*'"}
        for kind in ("DEFAULT_4XX", "DEFAULT_5XX")
    }


def test_a_suppression_counts_for_what_is_made_of_its_resource_and_for_no_other() -> None:
    source = template()
    for resource in source["Resources"].values():
        resource.get("Metadata", {}).pop("checkov", None)
    source["Resources"]["Api"].setdefault("Metadata", {})["checkov"] = SKIP
    made = transformed(source)["Resources"]
    suppressed = {name for name, resource in made.items() if "checkov" in resource.get("Metadata", {})}
    assert suppressed >= {"Api", "ApiprodStage"}
    # Names begin alike, and these belong to another resource.
    assert suppressed.isdisjoint({"ApiFunction", "ApiFunctionRole", "ApiLogs"})
