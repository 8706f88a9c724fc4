"""Runs a handler's import in a clean interpreter of Lambda's Python that sees nothing but the artefact."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from infra.build.plan import Function

VARIABLE: Final = "LAMBDA_PYTHON"
_TIMEOUT_SECONDS: Final = 120
# -I: no PYTHON* variables, no user's folder, no current folder; -S: no site-packages. What is left is the
# standard library, to which the artefact's folders are added as Lambda does.
_PROGRAM: Final = """
import importlib, sys
sys.path[:0] = sys.argv[2:]
module = importlib.import_module(sys.argv[1])
if not callable(getattr(module, "handler", None)):
    sys.exit("the module has no function handler")
"""


def find_interpreter(version: str) -> Path | None:
    """Find a Python of that version: LAMBDA_PYTHON, this one, on the PATH, or pyenv's."""
    name = f"python{version}"
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    candidates = [os.environ.get(VARIABLE), sys.executable, shutil.which(name)]
    candidates += [str(path) for path in sorted(pyenv.glob(f"{version}*/bin/{name}"), reverse=True)]
    for candidate in candidates:
        if candidate and _version(candidate) == version:
            return Path(candidate)
    return None


def import_alone(interpreter: Path, function: Function, roots: Sequence[Path], bytecode: Path) -> str | None:
    """Import the handler with `roots` on the path, in order, and the template's environment.

    Returns what failed, or None.

    What is compiled is kept in `bytecode`, outside of the artefacts: functions share their layers.
    """
    environment = dict(function.environment) | {"AWS_DEFAULT_REGION": "ap-northeast-2"}
    what = f"{function.name}: importing {function.handler} from the artefact alone"
    try:
        done = subprocess.run(  # noqa: S603  # our own arguments, no shell
            [str(interpreter), "-I", "-S", "-X", f"pycache_prefix={bytecode}", "-c", _PROGRAM,
             function.handler, *(str(root) for root in roots)],
            cwd=roots[0], env=environment, capture_output=True, text=True, timeout=_TIMEOUT_SECONDS,
            check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        return f"{what} does not end within {_TIMEOUT_SECONDS} s"
    if done.returncode == 0:
        return None
    last = (done.stderr.strip().splitlines() or [f"it ended with {done.returncode}"])[-1]
    return f"{what} fails: {last}"


def _version(interpreter: str) -> str | None:
    try:
        done = subprocess.run(  # noqa: S603
            [interpreter, "-I", "-c", "import sys; print('%d.%d' % sys.version_info[:2])"],
            capture_output=True, text=True, timeout=_TIMEOUT_SECONDS, check=False,
        )  # fmt: skip
    except OSError:
        return None
    return done.stdout.strip() if done.returncode == 0 else None
