"""Builds every zip and layer with `sam build` and checks them: sizes, and imports from the artefact alone.

No Docker is needed. The container image is built and imported in CI.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from infra.stack.localize import FUNCTION, ZIP_RUNTIME, Template, load_template, resources
from plantcast.common.errors import PlantcastError

BUILD_DIR: Final = Path(".aws-sam/zips")
# Lambda's limit of a function with its layers, unzipped; ours of the API, for its cold starts.
UNZIPPED_LIMIT: Final = 250 * 1024 * 1024
OWN_LIMITS: Final = {"ApiFunction": 30 * 1024 * 1024}
_BUILD_SECONDS: Final = 540
_IMPORT_SECONDS: Final = 120
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
        files = (path for root in self.roots for path in root.rglob("*") if path.is_file())
        return sum(path.stat().st_size for path in files)

    @property
    def limit(self) -> int:
        """The size that it must stay below."""
        return OWN_LIMITS.get(self.function, UNZIPPED_LIMIT)


def build(repository: Path) -> list[Artefact]:
    """Build into `.aws-sam/zips`; return the functions.

    Raises:
        PlantcastError: `sam build` failed; the message has the end of its output.
    """
    template = load_template(repository / "template.yaml")
    folder = (repository / BUILD_DIR).absolute()
    functions = resources(template, FUNCTION).items()
    images = [name for name, body in functions if body["Properties"].get("PackageType") == "Image"]
    excluded = [word for name in images for word in ("--exclude", name)]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    environment |= {
        "PYTHON": sys.executable,
        "SAM_CLI_TELEMETRY": "0",
        "AWS_DEFAULT_REGION": "ap-northeast-2",
    }
    done = subprocess.run(  # noqa: S603  # our own arguments, no shell
        [sys.executable, "-m", "samcli", "build", "--no-cached", "--parallel", *excluded,
         "--template", str(repository / "template.yaml"), "--build-dir", str(folder)],
        cwd=repository, env=environment, timeout=_BUILD_SECONDS,
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode != 0:
        output = "\n".join((done.stderr + done.stdout).strip().splitlines()[-12:])
        raise PlantcastError(
            f"`sam build` failed:\n{output}\n",
            remedy="Correct the recipe (Makefile beside the code); is the package index reachable?",
        )
    return artefacts(template, folder)


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


def check(built: Sequence[Artefact], interpreter: str | None) -> list[str]:
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


def find_interpreter() -> str | None:
    """Return Lambda's Python on Lambda's platform: this one, or on the PATH; None without one."""
    if sys.platform != "linux" or os.uname().machine != "x86_64":
        return None
    if f"python{sys.version_info.major}.{sys.version_info.minor}" == ZIP_RUNTIME:
        return sys.executable
    found = shutil.which(ZIP_RUNTIME)
    # pyenv puts a command there for versions that it does not run.
    works = found and subprocess.run([found, "--version"], capture_output=True, check=False).returncode == 0  # noqa: S603
    return found if works else None


def import_alone(interpreter: str, one: Artefact) -> str | None:
    """Import the handler with nothing but the artefact and the template's variables; return what failed."""
    done = subprocess.run(  # noqa: S603  # our own arguments, no shell
        [interpreter, "-I", "-S", "-B", "-c", _IMPORT, one.module, *map(str, one.roots)],
        cwd=one.roots[0],
        env=one.environment | {"AWS_DEFAULT_REGION": "ap-northeast-2"},
        capture_output=True,
        text=True,
        timeout=_IMPORT_SECONDS,
        check=False,
    )
    if done.returncode == 0:
        return None
    last = (done.stderr.strip().splitlines() or [f"it ended with {done.returncode}"])[-1]
    return f"{one.function}: importing {one.module} from the artefact alone fails: {last}"


def megabytes(size: int) -> str:
    """Write bytes as the MB that Lambda's limits are in (1,048,576 bytes)."""
    return f"{size / 1024**2:,.1f} MB"


def _variables(properties: dict[str, Any]) -> dict[str, str]:
    given = properties.get("Environment", {}).get("Variables", {})
    # No module looks at the value of a reference while it is imported.
    return {
        name: "known-after-deployment" if isinstance(value, dict) else str(value)
        for name, value in given.items()
    }


def main() -> int:
    """Build, print sizes and whatever is wrong; return the exit code."""
    sys.stderr.write("building zips and layers\n")
    try:
        built = build(Path(__file__).resolve().parents[2])
    except PlantcastError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    for one in built:
        sys.stdout.write(f"{one.function:20} {megabytes(one.size):>10} of {megabytes(one.limit)}\n")
    interpreter = find_interpreter()
    if interpreter is None:
        sys.stderr.write(f"Imports not checked: they need {ZIP_RUNTIME} on Linux x86_64.\n")
    findings = check(built, interpreter)
    for finding in findings:
        sys.stderr.write(f"Error: {finding}\n")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
