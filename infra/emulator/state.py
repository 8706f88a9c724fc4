"""The state folder: what runs for this checkout, logs, keys, and the lock that keeps two commands apart.

Everything `plantcast up` starts or writes is recorded here, so `plantcast down` can take all of it away.
"""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock, Timeout
from pydantic import BaseModel, ConfigDict, ValidationError

from infra.emulator.sources import ObservationPlan
from plantcast.common.errors import ConflictError, CorruptDataError, InvalidInputError

REPOSITORY = Path(__file__).resolve().parents[2]
STATE_DIR_VARIABLE = "PLANTCAST_STATE_DIR"
MARKER = "plantcast-state"  # present in every folder made here; `remove` touches no folder without it


class RunningProcess(BaseModel):
    """A process started for this folder: it listens on `port` and answers on the path `health`."""

    model_config = ConfigDict(frozen=True)

    name: str
    port: int
    health: str
    log: str
    pid: int = 0

    @property
    def url(self) -> str:
        """Where the process listens."""
        return f"http://127.0.0.1:{self.port}"


class LocalState(BaseModel):
    """What runs, and on which observations."""

    model_config = ConfigDict(frozen=True)

    started_at: str
    plan: ObservationPlan
    processes: dict[str, RunningProcess] = {}

    def with_process(self, process: RunningProcess) -> LocalState:
        """Return this state with `process` recorded under its name."""
        return self.model_copy(update={"processes": {**self.processes, process.name: process}})


@dataclass(frozen=True)
class StateFolder:
    """Paths inside one state folder, and how to read and write them."""

    root: Path

    @classmethod
    def locate(cls, environ: Mapping[str, str]) -> StateFolder:
        """Return the folder named by `PLANTCAST_STATE_DIR`, else `.plantcast` in the checkout."""
        named = environ.get(STATE_DIR_VARIABLE, "").strip()
        return cls(Path(named).expanduser().resolve() if named else REPOSITORY / ".plantcast")

    @property
    def state_file(self) -> Path:
        """What runs."""
        return self.root / "state.json"

    @property
    def outputs_file(self) -> Path:
        """What the last deploy made; present only after one that succeeded."""
        return self.root / "outputs.json"

    @property
    def logs(self) -> Path:
        """Logs of the processes, and of functions when a demo failed."""
        return self.root / "logs"

    @property
    def owner(self) -> str:
        """The value that marks every process started for this folder, even after the folder is gone."""
        return str(self.root)

    def create(self) -> None:
        """Make the folder, readable by this user alone.

        Raises:
            InvalidInputError: the path is in use for something else.
        """
        self.root.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not (self.root / MARKER).exists():
            if any(entry.name != "lock" for entry in self.root.iterdir()):
                raise InvalidInputError(
                    f"{self.root} contains files that are not Plantcast's.",
                    remedy=f"Point {STATE_DIR_VARIABLE} at a new or empty folder; "
                    "`plantcast down` removes it whole.",
                )
            (self.root / MARKER).touch()
        self.logs.mkdir(exist_ok=True)

    def remove(self) -> None:
        """Remove the folder and all in it; a folder that was not made here is left alone."""
        if (self.root / MARKER).exists():
            shutil.rmtree(self.root)

    def load(self) -> LocalState | None:
        """Return the recorded state; None when there is none.

        Raises:
            CorruptDataError: the file cannot be read as a state; what it recorded may still be running.
        """
        try:
            return LocalState.model_validate_json(self.state_file.read_text("utf-8"))
        except (FileNotFoundError, NotADirectoryError):
            return None
        except (ValidationError, UnicodeDecodeError) as error:
            raise CorruptDataError(
                f"{self.state_file} is damaged; what runs here is unknown.",
                remedy="`make down` stops it and removes its data; or restore the file.",
            ) from error

    def save(self, state: LocalState) -> None:
        """Write the state whole or not at all."""
        draft = self.state_file.with_suffix(".new")
        draft.write_text(state.model_dump_json(indent=2), "utf-8")
        draft.replace(self.state_file)

    def api_key(self) -> str:
        """Return this deployment's API key, made on first use and readable by this user alone."""
        path = self.root / "api-key"
        if not path.exists():
            path.touch(mode=0o600)
            path.write_text(secrets.token_urlsafe(24), "utf-8")
        return path.read_text("utf-8")


@contextmanager
def exclusive(folder: StateFolder) -> Iterator[None]:
    """Hold the folder's lock while a command changes what runs.

    Raises:
        ConflictError: another command holds it.
    """
    folder.create()
    try:
        with FileLock(folder.root / "lock", timeout=0):
            yield
    except Timeout:
        raise ConflictError(
            f"Another plantcast command is running in {folder.root}.",
            remedy="Wait until it ends, or end it with Ctrl-C where it runs, then call again.",
        ) from None
