"""The command `teardown`: a stack on AWS or LocalStack, after a typed confirmation."""

from __future__ import annotations

import os
import sys
from typing import Annotated

import typer

from infra.local.console import done, print_json, say, step, warn
from infra.operations.backup_command import AsJson, EndpointUrl, Region
from infra.operations.deployment import connect
from infra.operations.leftovers import Leftover
from infra.operations.teardown import Found, find, teardown
from plantcast.errors import InvalidInputError


def teardown_command(
    stack: Annotated[str, typer.Option(help="CloudFormation stack, with this shell's AWS settings.")],
    delete_data: Annotated[
        bool,
        typer.Option(
            "--delete-data/--keep-data", help="Delete the data bucket and the table as well, or not."
        ),
    ] = False,
    yes: Annotated[
        str | None, typer.Option(help="The stack's name once more, instead of typing it.", show_default=False)
    ] = None,
    region: Region = None,
    endpoint_url: EndpointUrl = None,
    as_json: AsJson = False,
) -> None:
    """Delete a stack: buckets emptied, data kept unless told otherwise. (`down` is for this machine's.)"""
    account = connect(os.environ, region=region, endpoint_url=endpoint_url)
    found = find(account, stack)
    _confirm(found, yes, delete_data=delete_data)
    report = teardown(account, found, delete_data=delete_data, tell=step)
    if as_json:
        print_json(report.facts())
        return
    if report.stack_deleted:
        done(f"stack {report.stack} is deleted")
    if report.data_deleted:
        done(f"deleted with all versions: {', '.join(report.data_deleted)}")
    for each in report.kept:
        warn(f"kept: {_line(each)}")
    if report.kept:
        say("A new deployment makes new ones; a backup and a restore bring this into it (docs/backup.md).")
    for each in report.others:
        warn(f"not part of the stack: {_line(each)}")


def _confirm(found: Found, yes: str | None, *, delete_data: bool) -> None:
    """Let the user type the stack's name, unless it was given.

    Raises:
        InvalidInputError: another name was given, or nobody is there to ask.
    """
    what = f"stack {found.stack} ({found.status})" if found.status else f"what stack {found.stack} left"
    data = " and ".join(name for name in (found.data_bucket, found.table) if name)
    say(f"[bold]This deletes {what}{f', and its data for ever: {data}' if delete_data and data else ''}.[/]")
    if data and not delete_data:
        say(f"Its data is kept: {data}.")
    if yes is None:
        if not sys.stdin.isatty():
            raise InvalidInputError(
                "Nobody is there to confirm this.", remedy=f"Add --yes {found.stack} if it is meant."
            )
        yes = typer.prompt("Type the stack's name to go on", err=True)
    if yes != found.stack:
        raise InvalidInputError(
            f"{yes!r} is not the stack's name, {found.stack!r}. Nothing was deleted.",
            remedy="Give the same name with --stack and --yes.",
        )


def _line(each: Leftover) -> str:
    cost = "" if each.usd_per_month is None else f", {each.usd_per_month:.2f} USD a month"
    return f"{each.kind} {each.name} ({each.what}{cost}); to remove it: {each.remove}"
