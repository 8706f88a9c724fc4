"""Builds every zip and layer with `sam build` and checks them: sizes, and imports from the artefact alone.

No Docker is needed. The container image is built and imported in CI. A checksum of all sources is kept
beside the result: an unchanged checkout builds nothing.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from filelock import FileLock

from infra.build.package import emptied
from infra.stack.localize import FUNCTION, ZIP_RUNTIME, Template, load_template, resources
from plantcast.common.errors import PlantcastError, TemporaryError

BUILD_DIR: Final = Path(".aws-sam/zips")
PYTHON_VARIABLE: Final = "LAMBDA_PYTHON"
# Lambda's limit of a function with its layers, unzipped; ours of the API, for its cold starts.
UNZIPPED_LIMIT: Final = 250 * 1024 * 1024
OWN_LIMITS: Final = {"ApiFunction": 30 * 1024 * 1024}
_SAM: Final = "sam"  # sam clears its own folder, so the marker of `emptied` and the stamp lie beside it
_BUILD_SECONDS: Final = 540
_IMPORT_SECONDS: Final = 120
_UNREACHABLE: Final = ("No matching distribution", "Could not find a version", "timed out")
# -I: no PYTHON* variables, no user's folder, no current folder; -S: no site-packages. What is left is the
# standard library, to which the artefact's folders are added as Lambda does.
_IMPORT: Final = """
import importlib, sys
sys.path[:0] = sys.argv[2:]
module = importlib.import_module(sys.argv[1])
if not callable(getattr(module, "handler", None)):
    sys.exit("the module has no function handler")
"""


@dataclass(frozen=True)
class Artefact:
    """A function as it is uploaded: folders in the order of its import path, its own first."""

    function: str
    module: str
    roots: tuple[Path, ...]
    environment: dict[str, str]

    @property
    def size(self) -> int:
        """Bytes unzipped, with its layers."""
        return sum(path.stat().st_size for root in self.roots for path in _files(root))

    @property
    def limit(self) -> int:
        """The size that it must stay below."""
        return OWN_LIMITS.get(self.function, UNZIPPED_LIMIT)


def build(repository: Path) -> list[Artefact]:
    """Build into `.aws-sam/zips` unless nothing changed since the last time; return the functions.

    Raises:
        TemporaryError: the package index did not answer or lacks a release.
        PlantcastError: `sam build` failed.
    """
    template = load_template(repository / "template.yaml")
    target = (repository / BUILD_DIR).absolute()
    target.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(target.with_name(f"{target.name}.lock")):  # a second process uses the first one's result
        stamp, wanted = target / "built-from", checksum_of(repository)
        if not stamp.is_file() or stamp.read_text("utf-8") != wanted:
            emptied(target)
            _sam_build(repository, template, target / _SAM)
            stamp.write_text(wanted, "utf-8")
    return artefacts(template, target / _SAM)


def artefacts(template: Template, folder: Path) -> list[Artefact]:
    """Return the zip functions of a template that was built into `folder`."""
    shared = _variables(template["Globals"]["Function"])
    found = []
    for name, function in resources(template, FUNCTION).items():
        properties = function["Properties"]
        if properties.get("PackageType") == "Image":
            continue
        # Layers are unpacked over one another into /opt, so that a later one's files win.
        layers = [layer["Ref"] for layer in properties.get("Layers", [])]
        roots = (folder / name, *(folder / layer / "python" for layer in reversed(layers)))
        module = properties["Handler"].rpartition(".")[0]
        found.append(Artefact(name, module, roots, shared | _variables(properties)))
    return found


def check(built: Sequence[Artefact], interpreter: Path | None) -> list[str]:
    """Return what is wrong: a function too large, or one that cannot be imported (with an interpreter)."""
    findings = [
        f"{one.function}: {megabytes(one.size)} unzipped with layers; the limit is {megabytes(one.limit)}"
        for one in built
        if one.size >= one.limit
    ]
    if interpreter is not None:
        failures = (import_alone(interpreter, one) for one in built)
        findings += [failure for failure in failures if failure is not None]
    return findings


def find_interpreter() -> Path | None:
    """Return Lambda's Python on Lambda's platform: LAMBDA_PYTHON, this one, on the PATH; None without one."""
    if sys.platform != "linux" or os.uname().machine != "x86_64":
        return None
    for candidate in (os.environ.get(PYTHON_VARIABLE), sys.executable, shutil.which(ZIP_RUNTIME)):
        if candidate and _version(candidate) == ZIP_RUNTIME:
            return Path(candidate)
    return None


def import_alone(interpreter: Path, one: Artefact) -> str | None:
    """Import the handler with nothing but the artefact and the template's variables; return what failed."""
    message = f"{one.function}: importing {one.module} from the artefact alone"
    try:
        done = subprocess.run(  # noqa: S603  # our own arguments, no shell
            [str(interpreter), "-I", "-S", "-B", "-c", _IMPORT, one.module, *map(str, one.roots)],
            cwd=one.roots[0],
            env=one.environment | {"AWS_DEFAULT_REGION": "ap-northeast-2"},
            capture_output=True,
            text=True,
            timeout=_IMPORT_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return f"{message} does not end within {_IMPORT_SECONDS} s"
    if done.returncode == 0:
        return None
    last = (done.stderr.strip().splitlines() or [f"it ended with {done.returncode}"])[-1]
    return f"{message} fails: {last}"


def checksum_of(repository: Path) -> str:
    """Return a checksum of everything that the artefacts are made of."""
    digest = hashlib.sha256()
    for path in sorted(_sources(repository)):
        digest.update(str(path.relative_to(repository)).encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def megabytes(size: int) -> str:
    """Write bytes as the MB that Lambda's limits are in (1,048,576 bytes)."""
    return f"{size / 1024**2:,.1f} MB"


def _sources(repository: Path) -> Iterator[Path]:
    yield repository / "template.yaml"
    yield repository / "infra" / "build.mk"
    yield from (repository / "requirements").glob("*.txt")
    for name in ("functions", "layers"):
        yield from (path for path in _files(repository / name) if "__pycache__" not in path.parts)


def _files(folder: Path) -> Iterator[Path]:
    return (path for path in folder.rglob("*") if path.is_file())


def _variables(properties: dict[str, Any]) -> dict[str, str]:
    given = properties.get("Environment", {}).get("Variables", {})
    # No module looks at the value of a reference while it is imported.
    return {
        name: "known-after-deployment" if isinstance(value, dict) else str(value)
        for name, value in given.items()
    }


def _sam_build(repository: Path, template: Template, folder: Path) -> None:
    functions = resources(template, FUNCTION).items()
    images = [name for name, body in functions if body["Properties"].get("PackageType") == "Image"]
    excluded = [word for name in images for word in ("--exclude", name)]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    environment |= {
        "PYTHON": sys.executable,
        "SAM_CLI_TELEMETRY": "0",
        "AWS_DEFAULT_REGION": "ap-northeast-2",
    }
    try:
        done = subprocess.run(  # noqa: S603  # our own arguments, no shell
            [sys.executable, "-m", "samcli", "build", "--no-cached", "--parallel", *excluded,
             "--template", str(repository / "template.yaml"), "--build-dir", str(folder)],
            cwd=repository, env=environment, timeout=_BUILD_SECONDS,
            capture_output=True, text=True, check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired as error:
        raise TemporaryError(
            f"`sam build` did not end within {_BUILD_SECONDS} s.", remedy="Retry; fetched wheels are kept."
        ) from error
    if done.returncode == 0:
        return
    output = (done.stderr + done.stdout).strip()
    message = f"`sam build` failed:\n{chr(10).join(output.splitlines()[-12:])}\n"
    if any(words in output for words in _UNREACHABLE):
        raise TemporaryError(message, remedy="Is the package index reachable? Then try again.")
    raise PlantcastError(message, remedy="Correct the recipe (Makefile beside the code).")


def _version(interpreter: str) -> str | None:
    program = "import sys; print('python%d.%d' % sys.version_info[:2])"
    try:
        done = subprocess.run(  # noqa: S603
            [interpreter, "-I", "-c", program], capture_output=True, text=True, check=False
        )
    except OSError:
        return None
    return done.stdout.strip() if done.returncode == 0 else None
