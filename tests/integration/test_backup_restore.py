"""Everything is lost and comes back: a backup, the stack and its data deleted, a new stack, a restore.

Killed with SIGKILL on the way, two restores at once, then a run that goes on as if nothing had happened.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from infra.stack.environment import DUMMY_AWS
from infra.stack.outputs import Outputs
from tests.conftest import COMMAND, MOMENT, ROOT, LocalDeployment
from tests.support.data_bucket import store_of

pytestmark = [pytest.mark.emulator, pytest.mark.network]

DAYS = 35
POINTER = "production.json"
ROUTES = (
    "forecast",
    "daily",
    "models",
    "quality",
    "alerts",
    "observations",
    "runs",
    "stations?all=true",
    "plants/monstera/advice",
    "plants/monstera/calendar.ics",
)
ATTEMPTS = 8


class Stack:
    """A deployment and what it answers."""

    def __init__(self, deployment: LocalDeployment, backup: Path) -> None:
        self.deployment = deployment
        self.backup = backup

    def answers(self) -> dict[str, bytes]:
        """Return what the API says, without what it says of now."""
        found = {route: self._get(route) for route in ROUTES}
        for run in json.loads(found["runs"])["runs"]:
            found[run["run_id"]] = self._get(f"runs/{run['run_id']}")
        return found

    def _get(self, route: str) -> bytes:
        with urllib.request.urlopen(f"{self.deployment.outputs().api_url}/api/{route}") as reply:
            body: bytes = reply.read()
        return body

    def stored(self) -> set[str]:
        return {key for key in store_of(self.deployment).list("") if not key.startswith("features/")}

    def items(self) -> dict[tuple[str, str], Any]:
        pages = self.deployment.client("dynamodb").get_paginator("scan")
        return {
            (item["pk"]["S"], item["sk"]["S"]): item
            for page in pages.paginate(TableName=self.deployment.outputs().table_name)
            for item in page["Items"]
        }

    def start(self, *arguments: str) -> subprocess.Popen[bytes]:
        """Start a command and leave it to itself."""
        return subprocess.Popen(
            [str(COMMAND), *arguments],
            env=os.environ | {"PLANTCAST_STATE_DIR": str(self.deployment.state_dir)},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )

    def kill_in_the_middle(self, begun: Callable[[], bool], *arguments: str) -> bool:
        """Start a command and kill it once it has begun to write; False when it had ended by then."""
        process = self.start(*arguments)
        while process.poll() is None and not begun():
            time.sleep(0.001)
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        return process.wait() == -signal.SIGKILL


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A deployment with a hindcast and a forecast, and the folder for its backup."""
    folder = tmp_path_factory.mktemp("lost")
    deployment = LocalDeployment(folder / "state")
    today = MOMENT.date()
    try:
        deployment.plantcast("up")
        deployment.plantcast("backfill", "--from", str(today - timedelta(days=DAYS)))
        deployment.plantcast("run", "--as-of", str(today - timedelta(days=2)))
        deployment.plantcast("run", "--no-retrain")
        yield Stack(deployment, folder / "backup")
    finally:
        deployment.plantcast("down", check=False)


def test_all_is_lost_and_comes_back(stack: Stack) -> None:
    _back_up_after_a_kill(stack)
    _lose_all_and_restore(stack)
    _go_on(stack)


def test_deleted_objects_come_back_by_the_documented_calls(stack: Stack) -> None:
    """The bucket's versions: what docs/backup.md says to type, with this bucket and time."""
    store, prefix = store_of(stack.deployment), "observations/"
    before = {key: store.get(key) for key in store.list(prefix)}
    well = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime())
    time.sleep(1.1)  # S3 tells whole seconds
    for key in before:
        store.delete(key)
    blocks = re.findall(r"```sh\n(.*?)```", (ROOT / "docs/backup.md").read_text("utf-8"), re.DOTALL)
    (calls,) = (block for block in blocks if "DeleteMarkers" in block)
    assert "2026-05-30T05:03:00" in calls
    environment = {
        **DUMMY_AWS,
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "AWS_ENDPOINT_URL": stack.deployment.outputs().endpoint,
        "BUCKET": stack.deployment.outputs().data_bucket,
        "LC_ALL": "C.UTF-8",
    }
    subprocess.run(
        ["bash", "-euc", calls.replace("2026-05-30T05:03:00", well)], env=environment, check=True, timeout=300
    )
    assert before
    assert {key: store.get(key) for key in store.list(prefix)} == before


def _back_up_after_a_kill(stack: Stack) -> None:
    """Kill a backup in the middle, then finish it."""
    objects, manifest = stack.backup / "objects", stack.backup / "backup.json"
    for _ in range(ATTEMPTS):
        killed = stack.kill_in_the_middle(
            lambda: sum(path.is_file() for path in objects.rglob("*")) > 2,
            "backup",
            "--to",
            str(stack.backup),
        )
        if killed and not manifest.exists():
            break
        shutil.rmtree(stack.backup)
    else:
        pytest.fail(f"{ATTEMPTS} backups ended before they could be killed")
    report = stack.deployment.json("backup", "--to", str(stack.backup))
    assert report["objects"] == len(stack.stored())
    assert report["items"] == len(stack.items())
    assert 0 < report["fetched"] < report["objects"]


def _lose_all_and_restore(stack: Stack) -> None:
    """Delete the stack and its data, deploy anew, kill a restore, let two finish it at once."""
    deployment = stack.deployment
    before, keys, items = stack.answers(), stack.stored(), stack.items()
    old = deployment.outputs()

    assert _delete(old, "--yes", "other").returncode == 1
    assert stack.stored() == keys
    done = _delete(old, "--yes", old.stack_name)
    assert done.returncode == 0, done.stdout + done.stderr
    assert not {old.data_bucket, old.web_bucket} & _buckets(deployment)
    assert deployment.client("dynamodb").list_tables()["TableNames"] == []
    again = _delete(old, "--yes", old.stack_name)
    assert (again.returncode, "There is no stack" in again.stderr) == (1, True), again.stderr

    deployment.plantcast("up")
    assert deployment.outputs().data_bucket != old.data_bucket
    assert (stack.stored(), stack.items()) == (set(), {})

    restore = ("restore", str(stack.backup))
    for _ in range(ATTEMPTS):
        killed = stack.kill_in_the_middle(lambda: len(stack.stored()) > 2, *restore)
        if killed and len(stack.stored()) < len(keys):
            break
        _empty(stack)
    else:
        pytest.fail(f"{ATTEMPTS} restores ended before they could be killed")
    assert not any(key.endswith(POINTER) for key in stack.stored())

    copy = shutil.copytree(stack.backup, stack.backup.with_name("copy"))  # one folder takes one at a time
    both = [stack.start(*restore), stack.start("restore", str(copy))]
    assert [process.wait() for process in both] == [0, 0]
    assert stack.stored() == keys
    assert stack.items() == items
    assert stack.answers() == before
    versions = deployment.client("s3").get_paginator("list_object_versions")
    pages = versions.paginate(Bucket=deployment.outputs().data_bucket)
    written = [version["Key"] for page in pages for version in page.get("Versions", [])]
    assert len(written) == len(set(written)), "an object was written twice"


def _go_on(stack: Stack) -> None:
    """Run the restored deployment: nothing is fetched or stored twice."""
    keys, items = stack.stored(), stack.items()
    forecast = json.loads(stack.answers()["forecast"])
    run = stack.deployment.json("run", "--no-retrain")
    assert run["outcome"] in {"succeeded", "degraded"}
    after = stack.items()
    added = set(after) - set(items)
    assert {sk.split("#")[0] for pk, sk in added if pk == "PIPELINE"} == {"RUN", "STARTED"}
    assert not any(sk.startswith(("ISSUE", "OBS")) for _, sk in added), "a forecast or a day is there twice"
    assert set(items) <= set(after)
    # The new run's own report is all that is new; no hour was fetched or stored again.
    new = stack.stored() - keys
    assert not any(key.startswith(("observations/", "models/")) for key in new)
    again = json.loads(stack.answers()["forecast"])
    assert again | {"issued_at": ""} == forecast | {"issued_at": ""}
    refused = stack.deployment.plantcast("restore", str(stack.backup), check=False)
    assert refused.returncode == 1
    assert "has other data under" in refused.stderr
    refused = stack.deployment.plantcast("backup", "--to", str(stack.backup), check=False)
    assert refused.returncode == 1
    assert "is the backup of bucket" in refused.stderr


def _delete(outputs: Outputs, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Call what `make delete` calls."""
    command = [sys.executable, "-m", "infra.operations.delete", "--stack", outputs.stack_name]
    return subprocess.run(
        [*command, *arguments],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": "layers/domain/python", "AWS_ENDPOINT_URL": outputs.endpoint},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def _buckets(deployment: LocalDeployment) -> set[str]:
    return {bucket["Name"] for bucket in deployment.client("s3").list_buckets()["Buckets"]}


def _empty(stack: Stack) -> None:
    """Remove items and objects, superseded versions too: those are counted at the end."""
    s3, bucket = stack.deployment.client("s3"), stack.deployment.outputs().data_bucket
    for page in s3.get_paginator("list_object_versions").paginate(Bucket=bucket):
        for one in page.get("Versions", []) + page.get("DeleteMarkers", []):
            s3.delete_object(Bucket=bucket, Key=one["Key"], VersionId=one["VersionId"])
    dynamodb, table = stack.deployment.client("dynamodb"), stack.deployment.outputs().table_name
    for item in stack.items().values():
        dynamodb.delete_item(TableName=table, Key={"pk": item["pk"], "sk": item["sk"]})
