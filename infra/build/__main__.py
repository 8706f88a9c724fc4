"""`make package`: build zips and layers, print their sizes and whatever is wrong."""

from __future__ import annotations

import sys
from pathlib import Path

from infra.build.artefacts import PYTHON_VARIABLE, build, check, find_interpreter, megabytes
from infra.stack.localize import ZIP_RUNTIME
from plantcast.common.errors import PlantcastError


def main() -> int:
    """Return the exit code: 0, 1 when something is wrong, 2 when it could not be built."""
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
        needed = f"{ZIP_RUNTIME} on Linux x86_64 ({PYTHON_VARIABLE}=…)"
        sys.stderr.write(f"Imports not checked: they need {needed}.\n")
    findings = check(built, interpreter)
    for finding in findings:
        sys.stderr.write(f"Error: {finding}\n")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
