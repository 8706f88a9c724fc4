"""The command `undelete`: objects of the data bucket from S3's own versions."""

from __future__ import annotations

import os
from datetime import datetime
from typing import Annotated

import typer

from infra.local.console import done, print_json, warn
from infra.operations.backup_command import AsJson, EndpointUrl, Region, Stack, bars
from infra.operations.deployment import find_deployment
from infra.operations.undelete import parse_moment, undelete
from plantcast.clock import KST


def undelete_command(
    before: Annotated[
        str,
        typer.Option(help="The last moment at which all was well, such as 2026-05-30T14:03 (Korean time)."),
    ],
    overwritten: Annotated[
        bool, typer.Option("--overwritten", help="Also put back what was changed since, not deleted.")
    ] = False,
    prefix: Annotated[str, typer.Option(help="Only keys that begin with this.")] = "",
    stack: Stack = None,
    region: Region = None,
    endpoint_url: EndpointUrl = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would come back; write nothing.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Bring back deleted objects from the versions that the data bucket keeps for 90 days."""
    moment = parse_moment(before, now=datetime.now(KST))
    deployment = find_deployment(os.environ, stack=stack, region=region, endpoint_url=endpoint_url)
    with bars() as on_progress:
        report = undelete(
            deployment,
            moment,
            overwritten=overwritten,
            prefix=prefix,
            dry_run=dry_run,
            on_progress=on_progress,
        )
    if as_json:
        print_json(report.facts())
        return
    said = f"{len(report.deleted)} deleted and {len(report.overwritten)} overwritten objects"
    done(f"{said} are back" if report.written else f"{said} would come back")
    if report.written and (report.deleted or report.overwritten):
        warn("The table is not touched by this. The next run makes features and a forecast anew.")
