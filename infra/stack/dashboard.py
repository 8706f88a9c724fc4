"""Uploads the dashboard to its website bucket, on AWS and on emulators alike.

python -m infra.stack.dashboard --config-env prod        (`make publish` does it after `sam deploy`)
"""

from __future__ import annotations

import argparse
import gzip
import json
import mimetypes
import os
import sys
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from infra.build.web import ensure_built
from plantcast import __version__
from plantcast.common.errors import InvalidInputError, PlantcastError

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
# Where the page names the kind of data, so that its badge is there from the first picture on.
SOURCE: Final = b"%SOURCE%"
SAM_CONFIG: Final = Path(__file__).resolve().parents[2] / "samconfig.toml"


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
    files["index.html"] = files["index.html"].replace(API_ORIGIN, origin).replace(SOURCE, source.encode())
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


def publish(stack: str, *, region: str | None = None, endpoint_url: str | None = None) -> str:
    """Upload the dashboard of a deployed stack; return its URL.

    Raises:
        NotFoundError: there is no such stack in this account and region.
        PlantcastError: AWS could not be asked, or the dashboard cannot be built.
    """
    # Here, as the local deployment, which a stack can also mean, itself uploads by this module.
    from infra.operations.deployment import find_deployment
    from infra.stack.aws_errors import aws_faults

    deployment = find_deployment(os.environ, stack=stack, region=region, endpoint_url=endpoint_url)
    with aws_faults(deployment.where):
        upload_dashboard(
            deployment.client("s3"),
            deployment.outputs.web_bucket,
            api_url=deployment.outputs.api_url,
            source=deployment.source,
            stations=list(deployment.stations),
        )
    return deployment.outputs.dashboard_url


def environment_of(config_env: str, path: Path = SAM_CONFIG) -> dict[str, Any]:
    """Return the parameters of samconfig.toml that `sam deploy --config-env` would use.

    Raises:
        InvalidInputError: the file has no such environment.
    """
    environments = {
        name: part for name, part in tomllib.loads(path.read_text("utf-8")).items() if isinstance(part, dict)
    }
    if config_env not in environments:
        raise InvalidInputError(
            f"{path.name} has no environment {config_env!r}.",
            remedy=f"Name one of {', '.join(environments)}.",
        )
    # A command's own parameters go before the global ones.
    return {
        name: value
        for command in ("global", "deploy")
        for name, value in environments[config_env].get(command, {}).get("parameters", {}).items()
    }


def stack_of(config_env: str, path: Path = SAM_CONFIG) -> tuple[str, str | None]:
    """Return stack name and region that `sam deploy --config-env` would use; no region means the user's own.

    Raises:
        InvalidInputError: the file has no such environment, or it names no stack.
    """
    parameters = environment_of(config_env, path)
    if "stack_name" not in parameters:
        raise InvalidInputError(
            f"The environment {config_env!r} of {path.name} names no stack.",
            remedy="Write stack_name there, or name the stack with --stack.",
        )
    return parameters["stack_name"], parameters.get("region")


def main() -> int:
    """Run from the command line; exit code 1 with one message when it cannot be done."""
    parser = argparse.ArgumentParser(description="Upload the dashboard of a deployed stack.")
    parser.add_argument("--config-env", default="default", help="environment of samconfig.toml [default]")
    parser.add_argument("--stack", "--stack-name", help="the stack's name instead")
    parser.add_argument("--region", help="its region, when that is not samconfig.toml's or your own")
    parser.add_argument("--endpoint-url", help="LocalStack's address")
    arguments = parser.parse_args()
    try:
        stack, region = (arguments.stack, None) if arguments.stack else stack_of(arguments.config_env)
        url = publish(stack, region=arguments.region or region, endpoint_url=arguments.endpoint_url)
    except PlantcastError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    sys.stdout.write(url + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
