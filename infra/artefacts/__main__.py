"""Build all that is uploaded to Lambda, without Docker, and hold it against its limits.

python -m infra.artefacts            a table; exit code 1 and a line for each finding when something is wrong
python -m infra.artefacts --json     the same as JSON
"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import asdict
from pathlib import Path

from rich.console import Console
from rich.table import Table

from infra.artefacts.build import IMAGE, Built, build
from infra.artefacts.check import Report, check
from infra.artefacts.plan import Plan, read_plan
from infra.artefacts.sizes import IMAGE_LIMIT, megabytes
from plantcast.errors import PlantcastError

REPOSITORY = Path(__file__).resolve().parents[2]
# Where nobody looks, lines are as long as they are.
_WIDTH = None if sys.stdout.isatty() else 160
out, err = Console(highlight=False, width=_WIDTH), Console(stderr=True, highlight=False)


def main(arguments: list[str] | None = None) -> int:
    """Build and check; return the exit code: 0, 1 when something is wrong, 2 when it could not be built."""
    parser = argparse.ArgumentParser(prog="python -m infra.artefacts", description=__doc__.splitlines()[0])
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    parser.add_argument("--folder", type=Path, help="where to build [.aws-sam/package]")
    options = parser.parse_args(arguments)
    try:
        plan = read_plan(REPOSITORY / "template.yaml")
        with err.status("building zips, layers and the image's files"):
            built = build(REPOSITORY, plan, options.folder)
        report = check(REPOSITORY, plan, built)
    except PlantcastError as error:
        err.print(f"Error: {error.message}\n{error.remedy}", markup=False)
        return 2
    if options.json:
        out.print_json(json.dumps(as_json(built, report)))
    else:
        out.print(_table(plan, built, report))
    for skipped in report.skipped:
        err.print(f"Not checked: {skipped}", markup=False, soft_wrap=True)
    for finding in report.findings:
        err.print(f"Error: {finding}", markup=False, soft_wrap=True)
    return 1 if report.findings else 0


def as_json(built: Built, report: Report) -> dict[str, object]:
    """Return sizes (bytes), findings and what was not checked."""
    return {
        "functions": [asdict(weight) for weight in report.weights],
        "artefacts": {
            name: {"unzipped": size.unzipped, "zipped": size.zipped} for name, size in built.sizes.items()
        },
        "findings": [asdict(finding) for finding in report.findings],
        "skipped": report.skipped,
    }


def _table(plan: Plan, built: Built, report: Report) -> Table:
    table = Table("artefact", "zip", "unzipped, with layers", "limit", "biggest")
    for column in (1, 2, 3):
        table.columns[column].justify = "right"
    for weight in report.weights:
        biggest = ", ".join(f"{name} {megabytes(size)}" for name, size in weight.packages[:3])
        table.add_row(
            weight.function,
            megabytes(weight.zipped),
            megabytes(weight.unzipped),
            megabytes(weight.limit),
            biggest,
        )
    for name in [*plan.layers, *([IMAGE] if plan.images else [])]:
        size = built.sizes[name]
        biggest = ", ".join(f"{package} {megabytes(bytes_)}" for package, bytes_ in size.packages[:3])
        limit = megabytes(IMAGE_LIMIT) if name == IMAGE else ""
        label = f"{name} (without its base)" if name == IMAGE else name
        table.add_row(label, megabytes(size.zipped), megabytes(size.unzipped), limit, biggest)
    return table


if __name__ == "__main__":
    sys.exit(main())
