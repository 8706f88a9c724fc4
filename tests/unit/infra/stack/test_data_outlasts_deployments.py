"""No deployment can replace the data bucket or the table, and taking the stack away leaves both."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from infra.stack.localize import load_template
from tests.conftest import ROOT

# Properties whose change makes CloudFormation put a new, empty resource in the place of the old one ("Update
# requires: Replacement" in its reference). One that is written must be the same in every deployment.
REPLACING = {
    "DataBucket": ("AWS::S3::Bucket", {"BucketName", "ObjectLockEnabled"}),
    "Table": (
        "AWS::DynamoDB::Table",
        {"TableName", "KeySchema", "LocalSecondaryIndexes", "ImportSourceSpecification"},
    ),
}
KEYS = [{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}]


def references(value: Any) -> Iterator[str]:
    """Yield what a value of a template refers to."""
    if isinstance(value, dict):
        for name, inner in value.items():
            if name in {"Ref", "Condition"} or name.startswith("Fn::"):
                yield name
            yield from references(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from references(inner)


@pytest.mark.parametrize("name", REPLACING)
def test_the_data_is_never_replaced_nor_deleted_with_the_stack(name: str) -> None:
    resource = load_template(ROOT / "template.yaml")["Resources"][name]
    kind, replacing = REPLACING[name]

    assert resource["Type"] == kind
    # Kept when the stack goes, but for an empty one that a failed first deployment has just made.
    policies = (resource["DeletionPolicy"], resource["UpdateReplacePolicy"])
    assert policies == ("RetainExceptOnCreate", "Retain")
    assert "Condition" not in resource, "a condition that turns false deletes it"
    for property_name in replacing & set(resource["Properties"]):
        assert not list(references(resource["Properties"][property_name])), property_name


def test_the_tables_keys_are_those_that_all_its_items_have() -> None:
    table = load_template(ROOT / "template.yaml")["Resources"]["Table"]["Properties"]
    assert table["KeySchema"] == KEYS
