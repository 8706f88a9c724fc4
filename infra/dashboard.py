"""Uploads the dashboard to its website bucket, on AWS and on emulators alike.

python -m infra.dashboard --stack-name plantcast        (after `sam deploy`)
"""

from __future__ import annotations

import argparse
import gzip
import json
import mimetypes
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from infra.web_build import ensure_built
from plantcast import __version__
from plantcast.errors import NotFoundError, PlantcastError

if TYPE_CHECKING:
    from mypy_boto3_s3.client import S3Client

# The page and what it reads first are asked for anew each time, so that a new version shows at once; what is
# named by its content never changes.
ASK_EACH_TIME: Final = "no-cache"
FOR_EVER: Final = "public, max-age=31536000, immutable"
# S3 does not compress. The bulk is; what people also read by curl is small and stays as it is.
COMPRESSED: Final = (".js", ".css")
# Where the page's Content-Security-Policy names the one other origin it may ask.
API_ORIGIN: Final = b"%API_ORIGIN%"


def upload_dashboard(s3: S3Client, bucket: str, *, api_url: str, source: str, stations: list[str]) -> int:
    """Make the bucket hold exactly the built dashboard and a `config.json`; return how many files it has.

    Raises:
        PlantcastError: the dashboard cannot be built.
    """
    files = site_files(ensure_built(), api_url=api_url, source=source, stations=stations)
    # The page last: until then the old one finds all it names, and from then on the new one does. Files of
    # the version before go: a page still open has its one script and style sheet and asks for them no more.
    for key in sorted(files, key=lambda name: name == "index.html"):
        _put(s3, bucket, key, files[key])
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket):
        for entry in page.get("Contents", []):
            if entry["Key"] not in files:
                s3.delete_object(Bucket=bucket, Key=entry["Key"])
    return len(files)


def site_files(built: Path, *, api_url: str, source: str, stations: list[str]) -> Mapping[str, bytes]:
    """Return what the website consists of, by key: the build, told where its API is."""
    config = {"apiUrl": api_url, "source": source, "stations": stations, "version": __version__}
    files = {
        path.relative_to(built).as_posix(): path.read_bytes()
        for path in sorted(built.rglob("*"))
        if path.is_file() and not path.name.startswith(".")
    }
    address = urlsplit(api_url)
    origin = f"{address.scheme}://{address.netloc}".encode()
    files["index.html"] = files["index.html"].replace(API_ORIGIN, origin)
    files["config.json"] = json.dumps(config, ensure_ascii=False).encode()
    return files


def _put(s3: S3Client, bucket: str, key: str, body: bytes) -> None:
    named_by_content = key.startswith("assets/")
    cache = FOR_EVER if named_by_content else ASK_EACH_TIME
    kind = _content_type(key)
    if named_by_content and key.endswith(COMPRESSED):
        # mtime: the same file is the same object, whenever it is uploaded.
        body = gzip.compress(body, mtime=0)
        s3.put_object(
            Bucket=bucket, Key=key, Body=body, ContentType=kind, CacheControl=cache, ContentEncoding="gzip"
        )
    else:
        s3.put_object(Bucket=bucket, Key=key, Body=body, ContentType=kind, CacheControl=cache)


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
    except (PlantcastError, BotoCoreError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
