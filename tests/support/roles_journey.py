"""Everything a deployment is used for, once, on an emulator that enforces roles; each step must succeed."""

from __future__ import annotations

import json
import os
import subprocess
from datetime import date, timedelta
from typing import Any, Final

import requests

from infra.stack.deployment import Deployment
from tests.conftest import COMMAND, COMMAND_TIMEOUT_SECONDS, MOMENT
from tests.support.past_forecasts import issue_past
from tests.support.push_service import FCM, Browser
from tests.support.roles_setup import RolesStack
from tests.support.waiting import wait_for

DAYS: Final = 42
LEFTOVER: Final = "models/station=108/ta/versions/20200101T23-00000000/serving/mean.txt"
"""Part of a version that was never finished; evaluate removes it, as it removes versions grown old."""
SCHEDULED: Final = {"detail-type": "Scheduled Event", "source": "aws.events", "detail": {}}
_READ: Final = (
    "/health", "/api/forecast", "/api/daily", "/api/latest", "/api/stations", "/api/observations",
    "/api/quality", "/api/verification", "/api/models", "/api/alerts", "/api/plants/monstera/advice",
    "/api/runs", "/api/push", "/predict",
)  # fmt: skip


class Journey:
    """The result of each step."""

    def __init__(self, stack: RolesStack) -> None:
        self._stack = stack
        self._cloud = Deployment.on_emulator(stack.outputs)
        today = MOMENT.date()
        self.backfill = self._plantcast(
            "backfill", "--from", f"{_ago(today, DAYS)}", "--to", f"{_ago(today, 2)}"
        )
        stack.admin("s3").put_object(Bucket=stack.outputs.data_bucket, Key=LEFTOVER, Body=b"half of a model")
        # The run of today verifies the forecast of yesterday; the one of yesterday is a hindcast beside it.
        issue_past(self._cloud, _ago(today, 1))
        self.runs = [
            self._plantcast("run", "--no-retrain", "--as-of", f"{_ago(today, 1)}"),
            self._plantcast("run"),
        ]
        self.reads = {path: self._get(path) for path in (*_READ, f"/api/runs/{self.runs[1]['run_id']}")}
        self.rejected = self._execute(stack.outputs.state_machine_arn, {"stations": ["none"]})
        chunks = {"stations": ["108"], "start": f"{_ago(today, DAYS + 5)}", "end": f"{_ago(today, DAYS + 1)}"}
        self.backfill_machine = self._execute(stack.outputs.backfill_state_machine_arn, chunks)
        self.invoked = {
            "notify": self._cloud.invoke("notify", SCHEDULED),
            "ingest": self._cloud.invoke("ingest", {"station": "108", "rebuild": True}),
            "backfill": self._cloud.invoke("backfill", _FAILED_CHUNK),
        }
        self.push = self._push()
        self.writes = {
            "/predict?force=true": self._post("/predict?force=true"),
            "/reload_model": self._post("/reload_model"),
            "/api/models/rollback": self._roll_back(),
        }
        self.update = self._plantcast("update")
        self.decisions = stack.decisions()

    def _push(self) -> dict[str, Any]:
        """Subscribe two browsers, unsubscribe one, and call the function in an hour that neither chose."""
        address = "/api/push/subscriptions"
        for name in ("stays", "leaves"):
            stored = Browser(f"{FCM}/{name}").subscription()
            keys = {"p256dh": stored.p256dh, "auth": stored.auth}
            hour = (MOMENT.hour + 6) % 24
            body = {"endpoint": stored.endpoint, "keys": keys, "hour": hour, "plants": ["monstera"]}
            assert self._post(address, body).status_code == 201
        assert self._post("/api/push/unsubscribe", {"endpoint": f"{FCM}/leaves"}).status_code == 204
        reply = self._stack.admin("lambda").invoke(
            FunctionName=self._stack.physical["PushFunction"], Payload=json.dumps(SCHEDULED)
        )
        sent: dict[str, Any] = json.loads(reply["Payload"].read())
        return sent

    def _roll_back(self) -> requests.Response:
        """Name the version that was trained, with no pointer there, so that one has to be written."""
        s3, bucket = self._stack.admin("s3"), self._stack.outputs.data_bucket
        s3.delete_object(Bucket=bucket, Key="models/station=108/ta/production.json")
        version = self.reads["/api/models"].json()["targets"][0]["versions"][0]["version"]
        return self._post("/api/models/rollback", {"station": "108", "target": "ta", "version": version})

    def _plantcast(self, *arguments: str) -> Any:
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
        done = subprocess.run(
            [str(COMMAND), *arguments, "--json"],
            env=inherited | {"PLANTCAST_STATE_DIR": str(self._stack.folder.root)},
            capture_output=True,
            text=True,
            timeout=COMMAND_TIMEOUT_SECONDS,
            check=False,
        )
        assert done.returncode == 0, f"plantcast {arguments}:\n{done.stdout}\n{done.stderr}"
        return json.loads(done.stdout)

    def _execute(self, machine: str, payload: dict[str, Any]) -> dict[str, Any]:
        states = self._stack.admin("stepfunctions")
        arn = states.start_execution(stateMachineArn=machine, input=json.dumps(payload))["executionArn"]
        description: dict[str, Any] = wait_for(
            lambda: states.describe_execution(executionArn=arn), until=lambda one: one["status"] != "RUNNING"
        )
        return description

    def _get(self, path: str) -> requests.Response:
        return requests.get(self._stack.outputs.api_url + path, timeout=60)

    def _post(self, path: str, body: dict[str, Any] | None = None) -> requests.Response:
        key = {"X-Api-Key": self._stack.folder.api_key()}
        return requests.post(self._stack.outputs.api_url + path, json=body, headers=key, timeout=60)


_FAILED_CHUNK: Final = {
    "event": "failure", "run_id": "none", "station": "108", "start": "2020-01-01", "end": "2020-12-31",
    "error": {"Error": "States.TaskFailed", "Cause": "tried by a test"},
}  # fmt: skip


def _ago(today: date, days: int) -> date:
    return today - timedelta(days=days)
