"""Uploads the built dashboard to its website bucket, on AWS and on emulators alike."""

from __future__ import annotations

import gzip
import json
import mimetypes
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from infra.build.web import ensure_built
from plantcast import __version__

if TYPE_CHECKING:
    from mypy_boto3_s3.client import S3Client

# The page and what it loads first are revalidated each time, so that a new version shows at once; files named
# by their content never change.
ASK_EACH_TIME: Final = "no-cache"
FOR_EVER: Final = "public, max-age=31536000, immutable"
# S3 does not compress. The bulk is; what people also read by curl is small and stays as it is.
COMPRESSED: Final = (".js", ".css")
# Where the page's Content-Security-Policy names the one other origin it may ask.
API_ORIGIN: Final = b"%API_ORIGIN%"
# Where the page names the kind of data, so that its badge is there from the first picture on.
SOURCE: Final = b"%SOURCE%"


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
    """Return the files of the website by key: the build, with the address of its API."""
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
    encoding: dict[str, Any] = {}
    if named_by_content and key.endswith(COMPRESSED):
        # mtime: the same file is the same object, whenever it is uploaded.
        body, encoding = gzip.compress(body, mtime=0), {"ContentEncoding": "gzip"}
    s3.put_object(Bucket=bucket, Key=key, Body=body, ContentType=kind, CacheControl=cache, **encoding)


def _content_type(key: str) -> str:
    known = {".js": "text/javascript", ".webmanifest": "application/manifest+json", ".svg": "image/svg+xml"}
    kind = known.get(Path(key).suffix) or mimetypes.guess_type(key)[0] or "application/octet-stream"
    text = kind.startswith("text/") or kind.endswith(("json", "xml"))
    return f"{kind}; charset=utf-8" if text else kind
