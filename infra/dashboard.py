"""Uploads the dashboard to its website bucket, on AWS and on emulators alike.

python -m infra.dashboard --stack-name plantcast        (after `sam deploy`)
"""

from __future__ import annotations

import argparse
import json
import mimetypes
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from plantcast import __version__
from plantcast.errors import NotFoundError

if TYPE_CHECKING:
    from mypy_boto3_s3.client import S3Client

WEB = Path(__file__).resolve().parents[1] / "web"
# The page itself is asked for anew each time, so that a new version shows at once.
CACHE_CONTROL = "no-cache"


def upload_dashboard(s3: S3Client, bucket: str, *, api_url: str, source: str, stations: list[str]) -> int:
    """Make the bucket hold exactly the files of `web/` and a `config.json`; return how many were written."""
    config = {"apiUrl": api_url, "source": source, "stations": stations, "version": __version__}
    files = {
        path.relative_to(WEB).as_posix(): path.read_bytes()
        for path in sorted(WEB.rglob("*"))
        if path.is_file()
    }
    files["config.json"] = json.dumps(config, ensure_ascii=False).encode()
    for key, body in files.items():
        s3.put_object(
            Bucket=bucket, Key=key, Body=body, ContentType=_content_type(key), CacheControl=CACHE_CONTROL
        )
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket):
        for entry in page.get("Contents", []):
            if entry["Key"] not in files:
                s3.delete_object(Bucket=bucket, Key=entry["Key"])
    return len(files)


def _content_type(key: str) -> str:
    known = {".js": "text/javascript", ".webmanifest": "application/manifest+json", ".svg": "image/svg+xml"}
    kind = known.get(Path(key).suffix) or mimetypes.guess_type(key)[0] or "application/octet-stream"
    text = kind.startswith("text/") or kind.endswith(("json", "xml"))
    return f"{kind}; charset=utf-8" if text else kind


def publish(stack_name: str) -> str:
    """Upload the dashboard of a deployed stack; return its URL.

    Raises:
        NotFoundError: there is no such stack in this account and region.
    """
    cloudformation = boto3.client("cloudformation")
    try:
        stack = cloudformation.describe_stacks(StackName=stack_name)["Stacks"][0]
    except ClientError as error:
        raise NotFoundError(
            f"The stack {stack_name!r} cannot be read ({error.response['Error']['Message']}).",
            remedy="Deploy it first (`sam build && sam deploy`), and check AWS_PROFILE and AWS_REGION.",
        ) from error
    outputs = {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}
    parameters = {entry["ParameterKey"]: entry["ParameterValue"] for entry in stack["Parameters"]}
    upload_dashboard(
        boto3.client("s3"),
        outputs["WebBucketName"],
        api_url=outputs["ApiUrl"],
        source=parameters["ObservationSource"],
        stations=parameters["Stations"].split(","),
    )
    return outputs["DashboardUrl"]


def main() -> int:
    """Run from the command line; exit code 1 with one message when it cannot be done."""
    parser = argparse.ArgumentParser(description="Upload the dashboard of a deployed stack.")
    parser.add_argument("--stack-name", default="plantcast")
    arguments = parser.parse_args()
    try:
        sys.stdout.write(publish(arguments.stack_name) + "\n")
    except (NotFoundError, BotoCoreError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
