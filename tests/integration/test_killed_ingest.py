"""Ingest killed anywhere, again and again, or run twice at once: the next run ends in the same lake."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from random import Random
from typing import Any

import boto3
import pandas as pd
import pytest

from infra.emulator import ministack as emulator
from infra.emulator import processes
from infra.emulator.state import StateFolder
from infra.kma_simulator.replay import ReplayedObservations
from infra.kma_simulator.synthetic import SyntheticWeather
from infra.stack.deployment import KMA_KEY_PARAMETER, put_secrets
from infra.stack.environment import REGION, child_environment
from plantcast.aws import DynamoTable, S3ObjectStore
from plantcast.common.clock import HOUR, KST
from plantcast.observations.frame import hours_between
from plantcast.observations.lake import ObservationLake
from plantcast.observations.lake.rebuild import Rebuild
from tests.conftest import ROOT
from tests.support.aws_tables import create_table
from tests.support.data_bucket import objects
from tests.support.fakes import MemoryObjectStore
from tests.support.running_simulator import RunningSimulator, running_simulator
from tests.support.simulated_kma import Asked, SimulatedKma
from tests.support.waiting import wait_for

pytestmark = pytest.mark.network

NOW = datetime(2025, 5, 30, 2, tzinfo=KST)
EVENT = {"station": "108", "start": "2025-03-25", "end": "2025-05-05"}
FIRST, LAST = datetime(2025, 3, 25, tzinfo=KST), datetime(2025, 5, 5, 23, tzinfo=KST)
HOURS = hours_between(FIRST, LAST)
PAGE = 60
PAGES = -(-len(HOURS) // PAGE)
MONTH_ENDS = (datetime(2025, 4, 1, tzinfo=KST), datetime(2025, 5, 1, tzinfo=KST))
SIDE = 15  # hours of a stuck thermometer on either side of a month's end: only both months together tell
# Long enough that a kill falls while a page is under way, too.
DELAY_SECONDS = 0.03


def weather() -> pd.DataFrame:
    """Made-up weather with a thermometer that is stuck over each month's end."""
    frame = SyntheticWeather(108).hours("108", FIRST, LAST)
    for midnight in MONTH_ENDS:
        frame.loc[midnight - SIDE * HOUR : midnight + (SIDE - 1) * HOUR, "ta"] = 17.0
    times = pd.DatetimeIndex(frame.index).tz_convert(KST).tz_localize(None)
    return frame.assign(tm=times, stnId="108").reset_index(drop=True)


@pytest.fixture(scope="module")
def simulator() -> Iterator[RunningSimulator]:
    observations = ReplayedObservations(weather())
    with running_simulator(observations, clock=NOW, delay_seconds=DELAY_SECONDS) as running:
        yield running


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StateFolder]:
    made = StateFolder(tmp_path_factory.mktemp("killed") / "state")
    made.create()
    yield made
    processes.stop(made.owner)


@pytest.fixture(scope="module")
def endpoint(folder: StateFolder, simulator: RunningSimulator) -> str:
    """An emulator with nothing in it but the service key."""
    process = emulator.start_emulator(folder, reaches_out=False)
    processes.await_healthy(process, folder.owner)
    put_secrets(process.url, kma_key=simulator.key, api_key="unused")
    return process.url


@dataclass
class Environment:
    """A bucket and a table of its own, and what happened there: calls, and runs that were killed."""

    endpoint: str
    folder: StateFolder
    simulator: RunningSimulator
    name: str = field(default_factory=lambda: f"env-{uuid.uuid4().hex[:8]}")
    asked: list[Asked] = field(default_factory=list)
    kills: int = 0

    def __post_init__(self) -> None:
        self.s3 = boto3.client("s3", endpoint_url=self.endpoint)
        self.s3.create_bucket(Bucket=self.name, CreateBucketConfiguration={"LocationConstraint": REGION})
        table = create_table(self.name, endpoint_url=self.endpoint)
        self.store = S3ObjectStore(self.name, self.s3)
        self.table = DynamoTable(self.name, table)
        self.lake = ObservationLake(self.store, "replay")

    @cached_property
    def environment(self) -> dict[str, str]:
        """What the deployed function has."""
        home = self.folder.root / "emulator"
        return {
            **child_environment(
                os.environ, owner=self.folder.owner, name="ingest", home=home, reaches_out=False
            ),
            "AWS_ENDPOINT_URL": self.endpoint,
            "DATA_BUCKET": self.name,
            "TABLE_NAME": self.name,
            "OBSERVATION_SOURCE": "replay",
            "ASOS_BASE_URL": self.simulator.base_url,
            "KMA_KEY_PARAMETER": KMA_KEY_PARAMETER,
            "ASOS_CALLS_PER_DAY": "10000",
            "CLOCK_OFFSET_SECONDS": str(round((NOW - datetime.now(KST)).total_seconds())),
            "POWERTOOLS_SERVICE_NAME": "ingest",
            "PYTHONPATH": os.pathsep.join(map(str, (ROOT, ROOT / "layers/domain/python"))),
        }

    def start(self, *options: str, event: Mapping[str, str] = EVENT) -> subprocess.Popen[str]:
        arguments = [json.dumps(event), "--page-size", str(PAGE), *options]
        return subprocess.Popen(
            [sys.executable, str(ROOT / "tests/support/ingest_process.py"), *arguments],
            env=self.environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def frame(self) -> pd.DataFrame:
        """Return all that the lake holds, `rejected_values` included."""
        margin = timedelta(days=31)
        return self.lake.read("108", FIRST - margin, LAST + margin)

    def run(self, *options: str) -> dict[str, Any]:
        """Run it to its end, undisturbed."""
        before = self._before()
        facts = facts_of(self.start(*options))
        self._note_calls(*before)
        return facts

    def run_until(self, name: str, count: int) -> None:
        """Run it until it has killed itself right after its `count`-th write under `name`."""
        before = self._before()
        process = self.start("--die-after", name, str(count))
        printed, _ = process.communicate(timeout=60)
        assert process.returncode == -signal.SIGKILL, f"{name} was not written {count} times:\n{printed}"
        self.kills += 1
        self._note_calls(*before)

    def run_for(self, calls: int, seconds: float) -> None:
        """Run it until it has made some calls, and a little longer; then kill it."""
        before = self._before()
        process = self.start()
        wait_for(
            lambda: self.simulator.call_count - before[0],
            until=lambda count: count >= calls or process.poll() is not None,
            every=0.002,
        )
        time.sleep(seconds)
        process.kill()
        printed, _ = process.communicate(timeout=60)
        assert process.returncode == -signal.SIGKILL, f"it ended before it was killed:\n{printed}"
        self.kills += 1
        self._note_calls(*before)

    def _before(self) -> tuple[int, pd.DatetimeIndex]:
        return self.simulator.call_count, self.lake.hours_present("108", FIRST, LAST)

    def _note_calls(self, count: int, present: pd.DatetimeIndex) -> None:
        """Keep what a run asked for; it must not be anything that the lake held before."""
        # A call whose client was killed is logged like any other, once it is answered.
        wait_for(
            lambda: self.simulator.simulator.calls.arrived,
            until=lambda arrived: arrived == self.simulator.call_count,
            every=0.01,
        )
        asked = SimulatedKma(self.simulator.root_url).calls()[count:]
        for call in asked:
            assert not call.hours.isin(present).any(), f"asked again for {call}"
        self.asked += asked


@pytest.fixture
def env(endpoint: str, folder: StateFolder, simulator: RunningSimulator) -> Environment:
    return Environment(endpoint, folder, simulator)


@pytest.fixture(scope="module")
def undisturbed(endpoint: str, folder: StateFolder, simulator: RunningSimulator) -> pd.DataFrame:
    """The lake of one run that nothing disturbs."""
    env = Environment(endpoint, folder, simulator)
    assert env.run()["status"] == "complete"
    assert len(env.asked) == PAGES
    frame = env.frame()
    # Or the kills between two months' files would prove little.
    assert frame["masked"].str.contains("ta:stuck").sum() == len(MONTH_ENDS) * 2 * SIDE
    return frame


def facts_of(process: subprocess.Popen[str]) -> dict[str, Any]:
    printed, _ = process.communicate(timeout=120)
    assert process.returncode == 0, printed
    facts: dict[str, Any] = json.loads(printed.splitlines()[-1])
    return facts


def check_complete(env: Environment, facts: dict[str, Any], undisturbed: pd.DataFrame) -> None:
    assert (facts["status"], facts["missing"], facts["stopped_by"]) == ("complete", [], "none")
    assert facts["hours_present"] == facts["hours_expected"] == len(HOURS)
    frame = env.frame()
    assert frame.index.is_unique
    pd.testing.assert_frame_equal(frame, undisturbed)
    check_books(env, facts)


def check_books(env: Environment, facts: dict[str, Any]) -> None:
    """Status and report must match the lake, whenever the run before was killed."""
    status, quality = (env.table.get("STATION#108", name) for name in ("STATUS", "QUALITY"))
    assert status is not None
    assert quality is not None
    assert (status["hours_present"], status["hours_expected"]) == (len(HOURS), len(HOURS))
    assert (status["first_observation"], status["last_observation"]) == (facts["first"], facts["last"])
    assert quality["report_key"] == facts["report_key"]
    report = json.loads(objects(env.store, "quality/")[facts["report_key"]])
    assert (report["hours_present"], report["created_at"]) == (len(HOURS), quality["created_at"])


def rebuilt(env: Environment) -> MemoryObjectStore:
    """Make a lake of the raw archive alone, elsewhere."""
    elsewhere = MemoryObjectStore()
    elsewhere.objects = objects(env.store, "raw/")
    result = Rebuild(elsewhere, ObservationLake(elsewhere, "replay")).run("108")
    assert (result["status"], result["unreadable"]) == ("complete", 0)
    return elsewhere


def check_one_after_the_other(env: Environment, kills: int) -> None:
    """What can be said when there was never more than one run at a time."""
    assert env.kills == kills
    # A kill costs the page under way at most; and each call was counted before it was made.
    assert PAGES <= len(env.asked) <= PAGES + kills
    counted = env.table.get("QUOTA", f"DAY#{NOW:%Y-%m-%d}")
    assert counted is not None
    assert len(env.asked) <= counted["calls"] <= len(env.asked) + kills
    assert objects(rebuilt(env), "observations/") == objects(env.store, "observations/")


MARCH, APRIL, MAY = (f"observations/station=108/year=2025/month={month:02}/" for month in (3, 4, 5))
# In this order, each on what the one before has left. Of March there are 168 hours, of 60 to a page.
EXACT: Sequence[tuple[str, int]] = (
    ("QUOTA/", 1),  # a call is counted and not made
    ("raw/asos/", 2),  # a response is kept and not merged
    (MARCH, 2),  # a page over the month's end: March is written, April is not
    (APRIL, 1),  # April is written, the rest of the page is not
    ("raw/asos/", 1),  # no progress at all
    (MAY, 1),  # another month's end
    ("STATION#108/STATUS", 1),  # the report is not
    ("quality/", 1),  # its item is not
    ("STATION#108/QUALITY", 1),
)


def test_given_kills_at_exact_points_when_run_again_then_the_lake_is_the_undisturbed_one(
    env: Environment, undisturbed: pd.DataFrame
) -> None:
    for name, count in EXACT:
        env.run_until(name, count)

    facts = env.run()

    check_complete(env, facts, undisturbed)
    check_one_after_the_other(env, kills=len(EXACT))


def test_given_kills_at_random_moments_when_run_again_then_the_lake_is_the_undisturbed_one(
    env: Environment, undisturbed: pd.DataFrame
) -> None:
    rng, kills = Random(1), 3
    for _ in range(kills):
        env.run_for(rng.randint(1, 3), rng.uniform(0, 4 * DELAY_SECONDS))

    facts = env.run()

    check_complete(env, facts, undisturbed)
    check_one_after_the_other(env, kills=kills)


def at_once(*runs: subprocess.Popen[str]) -> None:
    """Let processes that wait begin together."""
    for process in runs:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in runs:
        assert process.stdin is not None
        process.stdin.write("\n")
        process.stdin.flush()


def test_given_two_runs_at_once_on_the_same_month_then_neither_loses_what_the_other_wrote(
    env: Environment, undisturbed: pd.DataFrame
) -> None:
    # Each brings hours of April that the other does not, and hours that it does.
    early, late = (
        env.start("--wait", event=EVENT | span) for span in ({"end": "2025-04-18"}, {"start": "2025-04-12"})
    )
    at_once(early, late)

    assert [facts_of(process)["status"] for process in (early, late)] == ["complete", "complete"]

    pd.testing.assert_frame_equal(env.frame(), undisturbed)
    before = objects(env.store, "observations/")
    assert before == objects(rebuilt(env), "observations/")
    facts = env.run()
    assert (facts["hours_new"], env.asked) == (0, [])
    assert objects(env.store, "observations/") == before
    check_complete(env, facts, undisturbed)


def test_given_two_equal_runs_at_once_when_one_is_killed_then_the_other_ends_well(
    env: Environment, undisturbed: pd.DataFrame
) -> None:
    mortal, other = env.start("--wait", "--die-after", "observations/", "8"), env.start("--wait")
    at_once(mortal, other)

    facts = facts_of(other)
    printed, _ = mortal.communicate(timeout=60)
    assert mortal.returncode == -signal.SIGKILL, printed
    check_complete(env, facts, undisturbed)
    facts = env.run()
    assert (facts["hours_new"], env.asked) == (0, [])
    check_complete(env, facts, undisturbed)
    # What the killed one received last may be younger than what the other merged, but it says the same.
    elsewhere = ObservationLake(rebuilt(env), "replay")
    pd.testing.assert_frame_equal(elsewhere.read("108", FIRST, LAST), undisturbed)
