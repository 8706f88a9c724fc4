"""AWS and the KMA for benchmarks: emulator and simulator, each a process of its own whose CPU is not ours."""

from __future__ import annotations

import json
import os
import tempfile
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from infra.emulator.ministack import start_emulator
from infra.emulator.processes import stop
from infra.emulator.simulator import KEY, base_url, start_simulator
from infra.emulator.sources import ObservationPlan
from infra.emulator.state import RunningProcess, StateFolder
from infra.stack.deployment import KMA_KEY_PARAMETER, local_session, put_secrets
from infra.stack.environment import DUMMY_AWS, REGION, isolate
from plantcast.aws import DynamoTable, S3ObjectStore
from plantcast.common.settings import Source
from tests.support.aws_tables import create_table


@dataclass(frozen=True)
class Servers:
    """Both of them, up and empty."""

    aws_url: str
    simulator_url: str
    asos_url: str
    key: str

    def store(self, bucket: str) -> S3ObjectStore:
        """Return a new bucket as an object store."""
        s3 = local_session().client("s3", endpoint_url=self.aws_url)
        s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": REGION})
        return S3ObjectStore(bucket, s3)

    def table(self, name: str) -> DynamoTable:
        """Return a new table with the keys of template.yaml."""
        table = create_table(name, session=local_session(), endpoint_url=self.aws_url)
        return DynamoTable(name, table)

    def function_environment(self, bucket: str, table: str, source: Source) -> dict[str, str]:
        """Return the environment of an ingest function on them (its variables in template.yaml)."""
        return {
            "DATA_BUCKET": bucket,
            "TABLE_NAME": table,
            "OBSERVATION_SOURCE": source,
            "ASOS_BASE_URL": self.asos_url,
            "KMA_KEY_PARAMETER": KMA_KEY_PARAMETER,
            "POWERTOOLS_LOG_LEVEL": "CRITICAL",
            "AWS_ENDPOINT_URL": self.aws_url,
            **DUMMY_AWS,
        }

    def answer_after(self, seconds: float) -> None:
        """Let every call of the simulated KMA take so much longer."""
        request = urllib.request.Request(
            f"{self.simulator_url}/_simulator/behaviour",
            method="PUT",
            data=json.dumps({"delay_seconds": seconds}).encode(),
            headers={"Content-Type": "application/json"},
        )
        urllib.request.urlopen(request, timeout=30).close()


@contextmanager
def running_servers(plan: ObservationPlan | None = None) -> Iterator[Servers]:
    """Run both on free ports of 127.0.0.1, without a plan on synthetic weather, until the block ends."""
    isolate(os.environ)
    with ExitStack() as stack:
        folder = StateFolder(Path(stack.enter_context(tempfile.TemporaryDirectory())) / "state")
        folder.create()

        def stopped_later(process: RunningProcess) -> None:
            stack.callback(stop, process, folder.owner)

        plan = plan or ObservationPlan(source="synthetic", stations=("108",))
        emulator = start_emulator(folder, reaches_out=False, on_start=stopped_later)
        simulator = start_simulator(folder, plan, on_start=stopped_later)
        put_secrets(emulator.url, kma_key=KEY, api_key="unused")
        yield Servers(emulator.url, simulator.url, base_url(simulator), KEY)


def counted(prefix: str) -> Callable[[], str]:
    """Return a function that makes names nobody has used: `prefix-1`, `prefix-2`, …"""
    numbers = iter(range(1, 1_000_000))
    return lambda: f"{prefix}-{next(numbers)}"
