"""A copy of this checkout that a test can change and deploy from, as another release would be."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from tests.conftest import ROOT

_COPIED = ("functions", "layers", "infra", "analysis")
_FILES = ("template.yaml", "samconfig.toml", "pyproject.toml")
_LEFT_OUT = shutil.ignore_patterns("__pycache__", "*.pyc", "node_modules")
# Steps go to stdout as they begin, so that a test can act in the middle.
_DEPLOY = """
import json, sys
from pathlib import Path
from infra.emulator.deploy import deploy
from infra.stack.environment import isolate
import os
isolate(os.environ)
given = json.loads(sys.argv[1])
deploy(endpoint=given["endpoint"], state_dir=Path(given["state_dir"]), parameters=given["parameters"],
       clock_offset_seconds=given["clock_offset_seconds"], on_step=lambda step: print(step, flush=True))
print("deployed", flush=True)
"""


@dataclass
class Deploying:
    """A deployment that runs in a process of its own; `lines` are those it has printed."""

    process: subprocess.Popen[str]
    lines: list[str]

    def until(self, text: str) -> None:
        """Read on until a line contains `text`; a deployment that ends before fails the test."""
        for line in self._stdout():
            self.lines.append(line.rstrip())
            if text in line:
                return
        raise AssertionError(f"it ended before {text!r}: {self.lines} {self._stderr().read()}")

    def end(self) -> tuple[int, str]:
        """Wait for its end; return the exit code and its stderr."""
        self.lines += [line.rstrip() for line in self._stdout()]
        errors = self._stderr().read()
        return self._close(), errors

    def kill(self) -> None:
        """Kill it, and the AWS CLI it started, without notice."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self._close()

    def _close(self) -> int:
        self._stdout().close()
        self._stderr().close()
        return self.process.wait()

    def _stdout(self) -> IO[str]:
        assert self.process.stdout is not None
        return self.process.stdout

    def _stderr(self) -> IO[str]:
        assert self.process.stderr is not None
        return self.process.stderr


@dataclass
class Checkout:
    """A copy of what is deployed, in `root`."""

    root: Path

    @classmethod
    def copy(cls, root: Path) -> Checkout:
        """Copy this checkout's code, template and built dashboard."""
        for folder in _COPIED:
            shutil.copytree(ROOT / folder, root / folder, ignore=_LEFT_OUT)
        shutil.copytree(ROOT / "web", root / "web", ignore=_LEFT_OUT)
        for name in _FILES:
            shutil.copyfile(ROOT / name, root / name)
        return cls(root)

    def change(self, path: str, old: str, new: str) -> None:
        """Replace a text that is there exactly once."""
        file = self.root / path
        text = file.read_text("utf-8")
        assert text.count(old) == 1, f"{path} holds {old!r} {text.count(old)} times"
        file.write_text(text.replace(old, new), "utf-8")

    def deploy(
        self, endpoint: str, parameters: dict[str, str], *, clock_offset_seconds: int = 0
    ) -> Deploying:
        """Begin to deploy it to the emulator at `endpoint`."""
        given = {
            "endpoint": endpoint,
            "state_dir": str(self.root / "state"),
            "parameters": parameters,
            "clock_offset_seconds": clock_offset_seconds,
        }
        paths = [str(self.root), str(self.root / "layers/domain/python")]
        process = subprocess.Popen(
            [sys.executable, "-c", _DEPLOY, json.dumps(given)],
            cwd=self.root,
            env=os.environ | {"PYTHONPATH": os.pathsep.join(paths), "PYTHONDONTWRITEBYTECODE": "1"},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        return Deploying(process, [])
