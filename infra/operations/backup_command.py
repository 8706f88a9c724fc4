"""The command `backup`: where to, a bar while it is read, what is in it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import TaskID

from infra.local.console import done, print_json, progress, step, warn
from infra.operations.backup import STATES_KEPT, OnProgress, Wanted, take_backup
from infra.operations.backup_folder import BackupFolder
from infra.operations.deployment import find_deployment

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document on stdout, nothing else.")]
Stack = Annotated[
    str | None,
    typer.Option(
        help="CloudFormation stack, with this shell's AWS settings [default: the local deployment].",
        show_default=False,
    ),
]
Region = Annotated[
    str | None, typer.Option(help="The stack's AWS region [default: the shell's].", show_default=False)
]
EndpointUrl = Annotated[
    str | None, typer.Option(help="An emulator's address, such as LocalStack's.", show_default=False)
]


def backup_command(
    to: Annotated[
        Path, typer.Option(help="Folder of the backup; one that is there is brought up to date.")
    ] = Path("plantcast-backup"),
    stack: Stack = None,
    region: Region = None,
    endpoint_url: EndpointUrl = None,
    states: Annotated[
        int, typer.Option(min=1, max=10_000, help="How many states are kept, this one among them.")
    ] = STATES_KEPT,
    mirror: Annotated[
        bool, typer.Option("--mirror", help="Leave out what the deployment has lost since the last backup.")
    ] = False,
    adopt: Annotated[
        bool, typer.Option("--adopt", help="Go on with a folder of another deployment (after a restore).")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Copy all that cannot be made again, bucket and table, into a folder; a run may be going on."""
    deployment = find_deployment(os.environ, stack=stack, region=region, endpoint_url=endpoint_url)
    folder = BackupFolder(to.expanduser().resolve())
    step(f"backing up {deployment.outputs.stack_name} ({deployment.source}) to {folder.root}")
    with bars() as on_progress:
        report = take_backup(
            deployment, folder, Wanted(states=states, mirror=mirror, adopt=adopt), on_progress
        )
    if as_json:
        print_json(report.facts())
        return
    counts = report.manifest.counts
    done(
        f"{counts.objects} objects ({counts.object_bytes / 1e6:.1f} MB) and {counts.items} items are in "
        f"{report.folder}; {report.fetched} objects ({report.fetched_bytes / 1e6:.1f} MB) were fetched"
    )
    if counts.objects_gone or counts.items_gone:
        warn(
            f"{counts.objects_gone} objects and {counts.items_gone} items are no longer in the deployment: "
            "kept from earlier backups. --mirror leaves them out."
        )
    for note in report.manifest.notes:
        warn(note)


@contextmanager
def bars() -> Iterator[OnProgress]:
    """Show a bar for each part of the work; elsewhere than on a terminal nothing."""
    with progress() as display:
        tasks: dict[str, TaskID] = {}

        def advance(what: str, number: int, total: int) -> None:
            if what not in tasks:
                tasks[what] = display.add_task(what, total=total)
            display.update(tasks[what], completed=number, total=total)

        yield advance
