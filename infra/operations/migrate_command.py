"""The command `migrate`: a bar while everything is looked at, then what there is by kind and version."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.progress import TaskID
from rich.table import Table

from infra.local.console import EXIT_FAULT, done, out, print_json, progress, step, warn
from infra.operations.aws_faults import aws_faults
from infra.operations.backup_command import AsJson, EndpointUrl, Region, Stack
from infra.operations.deployment import find_deployment

if TYPE_CHECKING:
    from infra.operations.migrate import OnProgress


def migrate_command(
    stack: Stack = None,
    region: Region = None,
    endpoint_url: EndpointUrl = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what there is and what would be done; change nothing.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Bring stored data of older schema versions up to this code's, in place; safe to repeat or cut off."""
    # With pandas behind them, which no other command should wait for.
    from infra.operations.migrate import Migration
    from infra.operations.migrate_objects import Stored

    deployment = find_deployment(os.environ, stack=stack, region=region, endpoint_url=endpoint_url)
    step(f"looking through table and bucket of {deployment.where}")
    migration = Migration(
        deployment.table(), Stored(deployment.store(), deployment.client("s3")), dry_run=dry_run
    )
    with _bars() as on_progress, aws_faults(deployment.where):
        facts = migration.run(on_progress).facts()
    if as_json:
        print_json(facts)
    else:
        _show(facts)
    if facts["status"] == "partial" and not dry_run:
        raise typer.Exit(EXIT_FAULT)


def _show(facts: dict[str, Any]) -> None:
    table = Table("store", "kind", "version today", "found", "upgraded", box=None, pad_edge=False)
    for row in facts["kinds"]:
        found = ", ".join(f"{count} × {version}" for version, count in row["found"].items())
        today = "–" if row["version"] is None else str(row["version"])
        table.add_row(row["store"], row["kind"], today, found, str(row["upgraded"] or ""))
    out.print(table)
    for problem in facts["problems"]:
        warn(problem["problem"])
    if facts["dry_run"]:
        done(f"{facts['outdated']} would be upgraded; nothing was changed")
    elif facts["status"] == "complete":
        done(f"{facts['upgraded']} upgraded; everything is of today's version")
    else:
        left = facts["contested"] + facts["newer"] + facts["unreadable"]
        warn(f"{facts['upgraded']} upgraded, {left} left as they are: see above")


@contextmanager
def _bars() -> Iterator[OnProgress]:
    with progress() as bars:
        tasks: dict[str, TaskID] = {}

        def advance(what: str, finished: int, total: int | None) -> None:
            if what not in tasks:
                tasks[what] = bars.add_task(what, total=total)
            bars.update(tasks[what], completed=finished)

        yield advance
