"""Builds every zip and layer by `sam build`; no Docker is needed.

A checksum of all that goes in stands beside what came out: an unchanged checkout builds nothing.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from filelock import FileLock

from infra.build.package import emptied
from infra.build.plan import Plan
from infra.build.sizes import Size, size_of
from plantcast.common.errors import InvalidInputError, PlantcastError, TemporaryError

BUILD_DIR: Final = Path(".aws-sam/zips")
_SAM: Final = "sam"  # sam clears its own folder, so the marker of `emptied` and the stamp lie beside it
_STAMP: Final = "built.json"
_LEFT_OUT: Final = {"__pycache__"}
_TIMEOUT_SECONDS: Final = 540
_PLATFORMS_MADE: Final = "x86_64"  # of infra/build.mk
_UNREACHABLE: Final = (
    "No matching distribution found",
    "Could not find a version",
    "Failed to establish",
    "timed out",
)


@dataclass(frozen=True)
class Built:
    """Where the artefacts are, and their sizes by logical id."""

    folder: Path
    sizes: dict[str, Size]

    def of(self, name: str) -> Path:
        """Return the folder of a function or of a layer."""
        return self.folder / _SAM / name

    def roots(self, function: str, layers: tuple[str, ...]) -> list[Path]:
        """Return the folders a function imports from, in Lambda's order.

        Layers are unpacked over one another into /opt, so that a later one's files win.
        """
        return [
            self.of(function),
            *(self.of(name) / "python" for name in reversed(layers)),
        ]


def build(repository: Path, plan: Plan) -> Built:
    """Build into `.aws-sam/zips` unless nothing changed since the last time.

    Raises:
        InvalidInputError: the recipes are not for the template's Python or architecture.
        TemporaryError: the package index did not answer or lacks a release.
        PlantcastError: `sam build` failed.
    """
    target = (repository / BUILD_DIR).absolute()
    _check_recipes(repository, plan)
    checksum = checksum_of(repository, plan)
    target.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(target.with_name(f"{target.name}.lock")):  # a second process finds what the first made
        stamp = target / _STAMP
        if (kept := _kept(stamp, checksum)) is not None:
            return Built(target, kept)
        emptied(target)
        _sam_build(repository, plan, target)
        with ThreadPoolExecutor(2) as pool:  # zlib lets other threads run
            names = [name for name, _ in plan.folders]
            measured = pool.map(lambda name: size_of(target / _SAM / name, target / f"{name}.zip"), names)
            sizes = dict(zip(names, measured, strict=True))
        written = {"checksum": checksum, "sizes": {name: asdict(size) for name, size in sizes.items()}}
        stamp.write_text(json.dumps(written), "utf-8")
        return Built(target, sizes)


def checksum_of(repository: Path, plan: Plan) -> str:
    """Return a checksum of everything that the artefacts are made of."""
    digest = hashlib.sha256(repr(plan).encode())
    for path in sorted(_inputs(repository)):
        digest.update(str(path.relative_to(repository)).encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def _inputs(repository: Path) -> Iterator[Path]:
    yield from (repository / "requirements").glob("*.txt")
    yield from (repository / "infra" / "build").glob("*.py")
    yield repository / "infra" / "build.mk"
    for name in ("functions", "layers"):
        for root, folders, files in os.walk(repository / name):
            folders[:] = [folder for folder in folders if folder not in _LEFT_OUT]
            yield from (Path(root) / file for file in files)


def _kept(stamp: Path, checksum: str) -> dict[str, Size] | None:
    try:
        written = json.loads(stamp.read_text("utf-8"))
    except (FileNotFoundError, ValueError):  # never finished
        return None
    if written["checksum"] != checksum:
        return None
    return {name: _size(value) for name, value in written["sizes"].items()}


def _size(value: Mapping[str, Any]) -> Size:
    packages = tuple((name, size) for name, size in value["packages"])
    return Size(value["unzipped"], value["zipped"], packages)


def _check_recipes(repository: Path, plan: Plan) -> None:
    recipe = (repository / "infra" / "build.mk").read_text("utf-8")
    if f"LAMBDA_PYTHON := {plan.python}\n" not in recipe:
        raise InvalidInputError(
            f"template.yaml runs Python {plan.python}, infra/build.mk fetches for another.",
            remedy=f"Set LAMBDA_PYTHON in it to {plan.python} and pin the lists anew (`make lock`).",
        )
    if plan.architecture != _PLATFORMS_MADE:
        raise InvalidInputError(
            f"template.yaml is for {plan.architecture}, infra/build.mk fetches for {_PLATFORMS_MADE}.",
            remedy="Set PLATFORMS in infra/build.mk and the platform of `make lock` to it.",
        )


def _sam_build(repository: Path, plan: Plan, target: Path) -> None:
    excluded = [word for name in plan.images for word in ("--exclude", name)]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    environment |= {
        "PYTHON": sys.executable,
        "SAM_CLI_TELEMETRY": "0",
        "AWS_DEFAULT_REGION": "ap-northeast-2",
    }
    _run(
        "sam build",
        [sys.executable, "-m", "samcli", "build", "--no-cached", "--parallel", *excluded,
         "--template", str(repository / "template.yaml"), "--build-dir", str(target / _SAM)],
        repository, environment,
    )  # fmt: skip


def _run(what: str, command: list[str], repository: Path, environment: Mapping[str, str]) -> None:
    try:
        done = subprocess.run(  # noqa: S603  # our own arguments, no shell
            command, cwd=repository, env=environment, timeout=_TIMEOUT_SECONDS,
            capture_output=True, text=True, check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired as error:
        raise TemporaryError(
            f"`{what}` did not end within {_TIMEOUT_SECONDS} s.",
            remedy="Try again; wheels fetched so far are kept.",
        ) from error
    if done.returncode == 0:
        return
    said = (done.stderr + done.stdout).strip()
    tail = "\n".join(said.splitlines()[-12:])
    if any(words in said for words in _UNREACHABLE):
        raise TemporaryError(
            f"`{what}` could not fetch a package:\n{tail}\n",
            remedy="Is the package index reachable? Then try again.",
        )
    raise PlantcastError(
        f"`{what}` failed:\n{tail}\n", remedy="Correct the recipe (Makefile beside the code)."
    )
