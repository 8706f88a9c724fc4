"""The commands `backup` and `restore`."""

from __future__ import annotations

import os
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from infra.operations.backup import back_up, restore
from infra.operations.deployment import find_deployment
from infra.terminal.console import done, print_json, step, warn
from plantcast.common.errors import ConflictError

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document on stdout, nothing else.")]
Stack = Annotated[
    str | None,
    typer.Option(
        help="CloudFormation stack, with this shell's AWS settings; without it the local deployment.",
        show_default=False,
    ),
]
Region = Annotated[
    str | None, typer.Option(help="The stack's AWS region, if not the shell's.", show_default=False)
]
EndpointUrl = Annotated[
    str | None, typer.Option(help="An emulator's address, such as LocalStack's.", show_default=False)
]


def backup_command(
    to: Annotated[Path, typer.Option(help="Folder; only what changed is copied into it.")] = Path(
        "plantcast-backup"
    ),
    stack: Stack = None,
    region: Region = None,
    endpoint_url: EndpointUrl = None,
    delete: Annotated[
        bool, typer.Option("--delete", help="Remove files whose objects the bucket no longer has.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Copy bucket and table into a folder; a run may be going on."""
    deployment = find_deployment(os.environ, stack=stack, region=region, endpoint_url=endpoint_url)
    root = to.expanduser().resolve()
    step(f"backing up {deployment.where} to {root}")
    facts = back_up(deployment, root, delete=delete)
    if as_json:
        print_json(facts)
        return
    done(f"{facts['objects']} objects ({facts['fetched']} fetched now) and {facts['items']} items in {root}")


def restore_command(
    source: Annotated[Path, typer.Argument(metavar="FOLDER", help="Folder of a backup.")],
    stack: Stack = None,
    region: Region = None,
    endpoint_url: EndpointUrl = None,
    replace: Annotated[
        bool, typer.Option("--replace", help="Overwrite what the deployment has otherwise.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Compare only; write nothing.")] = False,
    as_json: AsJson = False,
) -> None:
    """Write a backup into a deployment; nothing that is written at the same time is overwritten."""
    deployment = find_deployment(os.environ, stack=stack, region=region, endpoint_url=endpoint_url)
    result = restore(deployment, source.expanduser().resolve(), replace=replace, dry_run=dry_run)
    if as_json:
        print_json(asdict(result) | {"written": not dry_run})
    else:
        said = f"{result.objects} objects and {result.items} items"
        done(
            f"{said} would be written"
            if dry_run
            else f"{said} written, {result.unchanged} objects were there"
        )
    if result.meanwhile:
        raise ConflictError(
            f"{len(result.meanwhile)} were written by others at the same time and kept: "
            f"{', '.join(result.meanwhile[:5])}.",
            remedy="Stop what writes (the schedule, a run), then restore again with --replace.",
        )
    if not dry_run:
        warn("Features are not in a backup: the next run computes them, and a new forecast.")
