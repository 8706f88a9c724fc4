"""Build the zips and layers that are uploaded to Lambda and check them against Lambda's limits.

python -m infra.build            a table; exit code 1 and a line for each finding when something is wrong
python -m infra.build --json     the same as JSON
"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import asdict
from pathlib import Path

from rich.console import Console
from rich.table import Table

from infra.build.check import Report, check
from infra.build.plan import Plan, read_plan
from infra.build.sizes import megabytes
from infra.build.zips import Built, build
from plantcast.common.errors import PlantcastError

REPOSITORY = Path(__file__).resolve().parents[2]
# Where nobody looks, lines are as long as they are.
_WIDTH = None if sys.stdout.isatty() else 160
out, err = Console(highlight=False, width=_WIDTH), Console(stderr=True, highlight=False)


def main(arguments: list[str] | None = None) -> int:
    """Build and check; return the exit code: 0, 1 when something is wrong, 2 when it could not be built."""
    parser = argparse.ArgumentParser(prog="python -m infra.build", description=__doc__.splitlines()[0])
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    options = parser.parse_args(arguments)
    try:
        plan = read_plan(REPOSITORY / "template.yaml")
        with err.status("building zips and layers"):
            built = build(REPOSITORY, plan)
        report = check(plan, built)
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
        "findings": report.findings,
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
    for name in plan.layers:
        size = built.sizes[name]
        biggest = ", ".join(f"{package} {megabytes(bytes_)}" for package, bytes_ in size.packages[:3])
        table.add_row(name, megabytes(size.zipped), megabytes(size.unzipped), "", biggest)
    return table


if __name__ == "__main__":
    sys.exit(main())
