"""Uploading the dashboard: the headers of each file, and that no older version is left."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws

from infra.build import dashboard
from infra.build.dashboard import site_files, upload_dashboard

BUCKET = "web"
API = "https://x1.execute-api.ap-northeast-2.amazonaws.com/prod"
SCRIPT = b"console.log('ready');\n" * 50
BUILT = {
    "index.html": b"<meta content=\"connect-src 'self' %API_ORIGIN%;\"><script src=assets/main-A1.js>",
    "sw.js": b"self.skipWaiting();",
    "manifest.webmanifest": b"{}",
    "icon.svg": b"<svg/>",
    "icon-192.png": b"\x89PNG",
    "assets/main-A1.js": SCRIPT,
    "assets/main-B2.css": b"body { margin: 0 }",
    ".built-from": b"a checksum",
}


@pytest.fixture
def built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name, body in BUILT.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(body)
    monkeypatch.setattr(dashboard, "ensure_built", lambda: tmp_path)
    return tmp_path


@pytest.fixture
def s3(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    with mock_aws():
        client = boto3.client("s3", region_name="us-east-1")
        client.create_bucket(Bucket=BUCKET)
        yield client


def upload(s3: Any) -> int:
    return upload_dashboard(s3, BUCKET, api_url=API, source="kma", stations=["108", "112"])


def test_given_an_older_version_when_uploaded_then_the_bucket_holds_the_new_one_alone(
    s3: Any, built: Path
) -> None:
    s3.put_object(Bucket=BUCKET, Key="assets/main-OLD.js", Body=b"old")
    count = upload(s3)
    listed = s3.list_objects_v2(Bucket=BUCKET)["Contents"]
    assert {entry["Key"] for entry in listed} == {*BUILT, "config.json"} - {".built-from"}
    assert count == len(listed)


def test_when_uploaded_then_each_file_has_its_type_and_only_what_its_content_names_is_kept_for_ever(
    s3: Any, built: Path
) -> None:
    upload(s3)
    headers = {}
    for key in ({*BUILT} - {".built-from"}) | {"config.json"}:
        head = s3.head_object(Bucket=BUCKET, Key=key)
        headers[key] = (head["ContentType"], head["CacheControl"], head.get("ContentEncoding"))
    for_ever = "public, max-age=31536000, immutable"
    assert headers == {
        "assets/main-A1.js": ("text/javascript; charset=utf-8", for_ever, "gzip"),
        "assets/main-B2.css": ("text/css; charset=utf-8", for_ever, "gzip"),
        "index.html": ("text/html; charset=utf-8", "no-cache", None),
        "sw.js": ("text/javascript; charset=utf-8", "no-cache", None),
        "config.json": ("application/json; charset=utf-8", "no-cache", None),
        "manifest.webmanifest": ("application/manifest+json; charset=utf-8", "no-cache", None),
        "icon.svg": ("image/svg+xml; charset=utf-8", "no-cache", None),
        "icon-192.png": ("image/png", "no-cache", None),
    }


def test_given_the_api_s_address_then_page_and_config_name_it_and_no_other_origin(built: Path) -> None:
    files = site_files(built, api_url=API, source="synthetic", stations=["108"])
    assert b"connect-src 'self' https://x1.execute-api.ap-northeast-2.amazonaws.com;" in files["index.html"]
    config = json.loads(files["config.json"])
    assert (config["apiUrl"], config["source"], config["stations"]) == (API, "synthetic", ["108"])
