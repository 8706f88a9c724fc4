"""The command `restore`: a backup into a deployment, with a bar while it is checked and written."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from infra.local.console import done, print_json, step, warn
from infra.operations.backup_command import AsJson, EndpointUrl, Region, Stack, bars
from infra.operations.backup_folder import BackupFolder
from infra.operations.deployment import find_deployment
from infra.operations.restore import Restoring, restore


def restore_command(
    source: Annotated[Path, typer.Argument(metavar="FROM", help="A backup's folder.")],
    stack: Stack = None,
    region: Region = None,
    endpoint_url: EndpointUrl = None,
    state: Annotated[
        str | None,
        typer.Option(
            help="State of the backup (a name in its states/) [default: the newest].", show_default=False
        ),
    ] = None,
    replace: Annotated[
        bool, typer.Option("--replace", help="Overwrite what differs in the deployment.")
    ] = False,
    other_source: Annotated[
        bool,
        typer.Option("--other-source", help="Allow synthetic or replayed observations among real ones."),
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Check and compare; write nothing.")] = False,
    as_json: AsJson = False,
) -> None:
    """Write a backup's objects and items into a deployment; it can be cut off and called again."""
    deployment = find_deployment(os.environ, stack=stack, region=region, endpoint_url=endpoint_url)
    folder = BackupFolder(source.expanduser().resolve())
    step(f"restoring {folder.root} into {deployment.outputs.stack_name} ({deployment.source})")
    with bars() as on_progress:
        report = restore(
            deployment,
            folder,
            Restoring(state=state, replace=replace, other_source=other_source, dry_run=dry_run),
            on_progress,
        )
    plan, manifest = report.plan, report.plan.manifest
    if as_json:
        print_json(report.facts())
        return
    facts = plan.facts()
    written = (
        f"{facts['objects_to_write']} objects and {facts['items_to_write']} items, state {manifest.state}; "
        f"{facts['objects_same']} objects and {facts['items_same']} items were there already"
    )
    done(f"restored {written}" if report.written else f"would restore {written}")
    for obstacle in plan.obstacles:
        warn(f"in the deployment: {obstacle}")
    if unserved := sorted(set(manifest.stations) - set(deployment.stations)):
        warn(f"Station {', '.join(unserved)} is in the backup; this deployment does not forecast for it.")
    for note in manifest.notes:
        warn(note)
