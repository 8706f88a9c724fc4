"""The commands `backup` and `restore`."""

from __future__ import annotations

import os
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from infra.cli.options import AsJson, Stack
from infra.operations.backup import back_up, restore
from infra.operations.target import find_deployment
from infra.terminal.console import done, print_json, step, warn
from plantcast.common.errors import ConflictError


def backup_command(
    to: Annotated[Path, typer.Option(help="Folder; only what changed is copied into it.")] = Path(
        "plantcast-backup"
    ),
    delete: Annotated[
        bool, typer.Option("--delete", help="Remove files whose objects the bucket no longer has.")
    ] = False,
    stack: Stack = None,
    as_json: AsJson = False,
) -> None:
    """Copy bucket and table into a folder; a run may be under way."""
    deployment = find_deployment(os.environ, stack)
    root = to.expanduser().resolve()
    step(f"backing up {deployment.where} to {root}")
    report = back_up(deployment, root, delete=delete)
    if as_json:
        print_json(report)
        return
    done(
        f"{report['objects']} objects ({report['fetched']} fetched now) and {report['items']} items in {root}"
    )


def restore_command(
    source: Annotated[Path, typer.Argument(metavar="FOLDER", help="Folder of a backup.")],
    replace: Annotated[
        bool, typer.Option("--replace", help="Overwrite objects and items that differ.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Compare only; write nothing.")] = False,
    stack: Stack = None,
    as_json: AsJson = False,
) -> None:
    """Write a backup into a deployment; concurrent writes by others are kept."""
    deployment = find_deployment(os.environ, stack)
    result = restore(deployment, source.expanduser().resolve(), replace=replace, dry_run=dry_run)
    if as_json:
        print_json(asdict(result) | {"written": not dry_run})
    else:
        verb = "would be written" if dry_run else f"written, {result.unchanged} objects were unchanged"
        done(f"{result.objects} objects and {result.items} items {verb}")
    if result.conflicts:
        raise ConflictError(
            f"{len(result.conflicts)} were written by others at the same time and kept: "
            f"{', '.join(result.conflicts[:5])}.",
            remedy="Stop the writer (the schedule, a run), then restore again with --replace.",
        )
    if not dry_run:
        warn("Features are not part of a backup: the next run computes them, and a new forecast.")
