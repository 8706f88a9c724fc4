"""A deployment for tests of backup and restore: bucket, table, state machines by moto; what a run leaves."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from typing import Any

import boto3

from infra.stack.deployment import Account, Deployment
from infra.stack.outputs import FUNCTIONS, Outputs
from plantcast.common.settings import Source
from tests.support.aws_tables import create_table
from tests.support.registry_examples import version_files

REGION = "ap-northeast-2"
ROLE = "arn:aws:iam::123456789012:role/none"
MACHINE = {"StartAt": "Rest", "States": {"Rest": {"Type": "Wait", "Seconds": 600, "End": True}}}

ITEMS: list[dict[str, Any]] = [
    {"pk": {"S": "STATION#108"}, "sk": {"S": "ISSUE#2025-05-29T23:00+09:00"}, "ta": {"L": [{"N": "17.1"}]}},
    {
        "pk": {"S": "STATION#108"},
        "sk": {"S": "STATUS"},
        # More digits than a float has.
        "hours_present": {"N": "12345678901234567890.123456789"},
        "M": {"M": {"NULL": {"NULL": True}, "BOOL": {"BOOL": False}, "S": {"M": {}}, "가": {"S": ""}}},
    },
]


@cache
def _session() -> boto3.Session:
    """Return one for all: a session's first clients each take a quarter of a second to make."""
    return boto3.Session("test", "test", region_name=REGION)


@dataclass(frozen=True)
class Stores:
    """A deployment with direct access to what it holds."""

    deployment: Deployment
    s3: Any
    dynamodb: Any

    @property
    def bucket(self) -> str:
        return self.deployment.outputs.data_bucket

    def put(self, key: str, body: bytes = b"x") -> None:
        self.s3.put_object(Bucket=self.bucket, Key=key, Body=body, ContentType="application/json")

    def delete(self, key: str) -> None:
        self.s3.delete_object(Bucket=self.bucket, Key=key)

    def empty_bucket(self) -> None:
        """Delete every version of every object."""
        _session().resource("s3").Bucket(self.bucket).object_versions.delete()

    def put_item(self, item: dict[str, Any]) -> None:
        self.dynamodb.put_item(TableName=self.deployment.outputs.table_name, Item=item)

    def delete_item(self, item: dict[str, Any]) -> None:
        key = {"pk": item["pk"], "sk": item["sk"]}
        self.dynamodb.delete_item(TableName=self.deployment.outputs.table_name, Key=key)

    def promote(self, version: str, *, station: str = "108", target: str = "ta") -> None:
        """Write a version as a run does: files, metadata, then the pointer."""
        prefix = f"models/station={station}/{target}/"
        files = version_files(version)
        for name in sorted(files, key=lambda name: name == "metadata.json"):
            self.put(f"{prefix}versions/{version}/{name}", files[name])
        self.put(f"{prefix}production.json", json.dumps({"version": version}).encode())

    def prune(self, version: str, *, station: str = "108", target: str = "ta") -> None:
        """Delete a version as a run does: metadata first."""
        prefix = f"models/station={station}/{target}/versions/{version}/"
        for name in sorted(version_files(version), key=lambda name: name != "metadata.json"):
            self.delete(prefix + name)

    def objects(self) -> dict[str, bytes]:
        found = {}
        for page in self.s3.get_paginator("list_objects_v2").paginate(Bucket=self.bucket):
            for each in page.get("Contents", []):
                reply = self.s3.get_object(Bucket=self.bucket, Key=each["Key"])
                found[each["Key"]] = reply["Body"].read()
        return found

    def items(self) -> list[dict[str, Any]]:
        found = self.dynamodb.scan(TableName=self.deployment.outputs.table_name)["Items"]
        return sorted(found, key=str)


def empty_bucket_and_table(
    name: str = "plantcast", *, source: Source = "synthetic", stations: str = "108"
) -> Stores:
    """Make a deployment that holds nothing; inside `mock_aws`."""
    session = _session()
    s3 = session.client("s3")
    s3.create_bucket(Bucket=f"{name}-databucket-1", CreateBucketConfiguration={"LocationConstraint": REGION})
    s3.put_bucket_versioning(Bucket=f"{name}-databucket-1", VersioningConfiguration={"Status": "Enabled"})
    create_table(f"{name}-Table-1")
    machines = session.client("stepfunctions")
    arns = [
        machines.create_state_machine(name=f"{name}-{kind}", definition=json.dumps(MACHINE), roleArn=ROLE)[
            "stateMachineArn"
        ]
        for kind in ("nightly", "backfill", "update")
    ]
    outputs = Outputs(
        stack_name=name,
        region=REGION,
        endpoint="",
        api_url="https://api.test/prod",
        dashboard_url="http://dashboard.test",
        data_bucket=f"{name}-databucket-1",
        web_bucket=f"{name}-webbucket-1",
        table_name=f"{name}-Table-1",
        state_machine_arn=arns[0],
        backfill_state_machine_arn=arns[1],
        update_state_machine_arn=arns[2],
        topic_arn="arn:aws:sns:ap-northeast-2:123456789012:topic",
        functions={function: f"{name}-{function}" for function in FUNCTIONS},
    )
    account = Account(session, REGION)
    deployment = Deployment(outputs, account, source, tuple(stations.split(",")))
    return Stores(deployment, s3, session.client("dynamodb"))


def filled_stores(name: str = "plantcast") -> Stores:
    """Make a deployment that holds observations, a model in production, and items."""
    stores = empty_bucket_and_table(name)
    stores.put("raw/asos/station=108/2025-05-29_2025-05-29/1-page1.json.gz", b"raw")
    stores.put("observations/station=108/year=2025/month=05/observations.parquet", b"PAR1 hours")
    stores.put("inventory/station=108.json", b'{"months": {}}')
    stores.put("quality/station=108/run=a/report.json", b"{}")
    stores.put("empty", b"")
    stores.put("features/run=a/station=108/features.parquet", b"made anew")
    stores.promote("20250529T23-00000001")
    for item in ITEMS:
        stores.put_item(item)
    return stores
