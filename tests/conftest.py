"""What every test shares: a clean AWS environment, real observations where present, one deployed stack."""

from __future__ import annotations

import json
import os
import subprocess
from collections import defaultdict
from collections.abc import Generator, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import boto3
import pytest
from hypothesis import settings

from infra.emulator.state import StateFolder
from infra.stack.outputs import Outputs
from plantcast.common.clock import KST

ROOT = Path(__file__).resolve().parents[1]
COMMAND = ROOT / "plantcast"
COMMAND_TIMEOUT_SECONDS = 420
# Where every test's deployment stands, and from where its clock goes on: synthetic weather, the months it
# falls into and the scores of models trained on it are the same whatever day the tests run. At noon yesterday
# is complete and nobody has quiet hours; the forecast goes on into the next month.
MOMENT = datetime(2025, 5, 31, 12, 30, tzinfo=KST)

# Enough to find what a new case breaks; a longer search is `--hypothesis-profile=default`.
settings.register_profile("plantcast", max_examples=25, deadline=None)
settings.load_profile("plantcast")

# Before any test module builds a client: no test may reach an account or another emulator of the user's.
for _name in [name for name in os.environ if name.startswith("AWS_")]:
    del os.environ[_name]
os.environ |= {
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",
    "AWS_DEFAULT_REGION": "ap-northeast-2",
    "AWS_EC2_METADATA_DISABLED": "true",
    "POWERTOOLS_SERVICE_NAME": "test",
}


def _aws_settings() -> dict[str, str]:
    """Return what `infra.stack.environment.isolate` changes: each session with an emulator calls it."""
    names = [name for name in os.environ if name.startswith("AWS_") or name.upper() == "NO_PROXY"]
    return {name: os.environ[name] for name in names}


def _restore_aws_settings(settings: dict[str, str]) -> None:
    for name in _aws_settings().keys() - settings.keys():
        del os.environ[name]
    os.environ.update(settings)


_AWS_SETTINGS = _aws_settings()


@pytest.fixture(autouse=True, scope="module")
def _aws_settings_are_the_same_in_every_module() -> Iterator[None]:
    """Undo what fixtures of a module or of the session have changed."""
    yield
    _restore_aws_settings(_AWS_SETTINGS)


@pytest.fixture(autouse=True)
def _nothing_outlives_the_test() -> Iterator[None]:
    """Undo a test's changes of AWS settings; fail it if it leaves the environment or the folder changed."""
    settings, before, folder = _aws_settings(), dict(os.environ), Path.cwd()
    yield
    _restore_aws_settings(settings)
    after = dict(os.environ)
    for one in (before, after):
        one.pop("PYTEST_CURRENT_TEST", None)
    assert Path.cwd() == folder
    changed = {name for name, _ in before.items() ^ after.items() if not name.startswith("KMP_")}
    assert not changed, f"environment variables were left changed: {sorted(changed)}"


# The folders whose files take minutes, for several workers: begun last they would leave the others idle. The
# browser sees the deployed stack before the integration tests make its runs fail.
_LONG_FIRST = ("localstack", "faults", "browser", "integration", "contract")


@pytest.hookimpl(wrapper=True, tryfirst=True)  # around pytest-randomly's; xdist reads the marks in this hook
def pytest_collection_modifyitems(items: list[pytest.Item]) -> Generator[None]:
    """Let workers share a file's fixtures; the tests of one deployed stack (demo, LocalStack) meet in one.

    The order is random (pytest-randomly) but for folders (`_LONG_FIRST`) and tests marked `in_order`.
    """
    # By identity: a worker adds the group to an item's name, and with it to its hash.
    as_written = {id(item): at for at, item in enumerate(items)}
    for item in items:
        item.add_marker(pytest.mark.xdist_group(_group(item)))
    yield
    items.sort(key=lambda item: _rank(item.path))  # stable: within a folder the order stays
    in_order = defaultdict(list)
    for at, item in enumerate(items):
        if item.get_closest_marker("in_order"):
            in_order[_group(item)].append(at)
    for places in in_order.values():
        ordered = sorted((items[at] for at in places), key=lambda item: as_written[id(item)])
        for at, item in zip(places, ordered, strict=True):
            items[at] = item


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """Name bytes by their argument: compressed ones hold the time, and workers must agree on the name."""
    return argname if isinstance(val, bytes) else None


def _group(item: pytest.Item) -> str:
    fixtures = getattr(item, "fixturenames", ())
    if "live_deployment" in fixtures:
        return "live"
    if "functions" in fixtures:  # of tests.support.functions_setup: models are fitted once for all of them
        return "functions"
    return "localstack" if item.path.parent.name == "localstack" else item.path.stem


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Report how many faults were tried (tests/faults) and in how many tests they were survived."""
    tried = {
        outcome: sum(
            int(value)
            for report in terminalreporter.stats.get(outcome, [])
            for name, value in getattr(report, "user_properties", ())
            if name == "faults"
        )
        for outcome in ("passed", "failed")
    }
    if any(tried.values()):
        terminalreporter.write_line(
            f"faults tried: {sum(tried.values())}, in tests that passed: {tried['passed']}"
        )


def _rank(path: Path) -> int:
    folder = path.relative_to(ROOT / "tests").parts[0]
    return _LONG_FIRST.index(folder) if folder in _LONG_FIRST else len(_LONG_FIRST)


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real observations; skips where there is none."""
    folder = Path(os.environ.get("PLANTCAST_SHARED", ROOT.parent / "shared")) / "data"
    if not (folder / "asos_108_2013_2022.parquet").is_file():
        pytest.skip("needs real observations of the KMA, which are not in this repository (PLANTCAST_SHARED)")
    return folder


def stop_schedules(events: Any) -> None:
    """Let nothing happen by itself: an emulator's rules follow the real clock, one of them every hour."""
    for rule in events.list_rules()["Rules"]:
        events.disable_rule(Name=rule["Name"])


@dataclass
class LocalDeployment:
    """A state folder of its own with the command line's own environment; runs `plantcast` as a user would.

    It stands at `MOMENT` unless `environment` names another `PLANTCAST_CLOCK`.
    """

    state_dir: Path
    environment: dict[str, str] = field(default_factory=dict)

    def plantcast(
        self, *arguments: str, check: bool = True, **extra: str
    ) -> subprocess.CompletedProcess[str]:
        """Run the command and return what it printed; with `check`, a failure fails the test."""
        done = subprocess.run(
            [str(COMMAND), *arguments],
            env=self._environ() | extra,
            capture_output=True,
            text=True,
            timeout=COMMAND_TIMEOUT_SECONDS,
            check=False,
        )
        if check and done.returncode != 0:
            pytest.fail(
                f"plantcast {' '.join(arguments)} ended with {done.returncode}:\n{done.stdout}\n{done.stderr}"
            )
        if done.returncode == 0 and arguments[0] in {"up", "demo"}:
            stop_schedules(self.client("events"))
        return done

    def json(self, *arguments: str) -> Any:
        """Run the command with `--json` and return the decoded reply."""
        return json.loads(self.plantcast(*arguments, "--json").stdout)

    def outputs(self) -> Outputs:
        """Return what the deployment made."""
        return Outputs.load(self.state_dir / "outputs.json")

    def now(self) -> datetime:
        """Return the time at which the deployment stands, in Asia/Seoul."""
        state = StateFolder(self.state_dir).load()
        assert state is not None
        return state.plan.now()

    def client(self, service: str) -> Any:
        """Return a boto3 client that talks to this deployment's emulator."""
        return boto3.client(service, endpoint_url=self.outputs().endpoint)  # type: ignore[call-overload]

    def _environ(self) -> dict[str, str]:
        inherited = {
            name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "POWERTOOLS_"))
        }
        for name in ("KMA_API_KEY", "ASOS_REPLAY"):
            inherited.pop(name, None)
        ours = {"PLANTCAST_CLOCK": f"{MOMENT:%Y-%m-%dT%H:%M}", "PLANTCAST_STATE_DIR": str(self.state_dir)}
        return inherited | ours | self.environment


@pytest.fixture(scope="session")
def live_deployment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalDeployment]:
    """`plantcast demo` on three months of synthetic weather, once for all tests; taken down at the end."""
    deployment = LocalDeployment(tmp_path_factory.mktemp("live") / "state", {"PLANTCAST_DEMO_DAYS": "90"})
    try:
        deployment.plantcast("demo")
        yield deployment
    finally:
        deployment.plantcast("down", check=False)


@pytest.fixture(scope="session")
def live_stack(live_deployment: LocalDeployment) -> dict[str, str]:
    """URLs of the deployed demo: `dashboard_url`, `api_url`."""
    outputs = live_deployment.outputs()
    return {"dashboard_url": outputs.dashboard_url, "api_url": outputs.api_url}
