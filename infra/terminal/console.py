"""Output for the user: results on stdout, progress on stderr, errors as one message."""

from __future__ import annotations

import functools
import json
import os
import sys
from collections.abc import Callable, Iterable
from typing import Any, NoReturn, ParamSpec

import typer
from botocore.exceptions import BotoCoreError, ClientError
from rich.console import Console
from rich.markup import escape
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TextColumn,
    TimeElapsedColumn,
)

from infra.terminal.interrupts import handle_interrupts
from plantcast.common.errors import InvalidInputError, PlantcastError

P = ParamSpec("P")

# A station or file name like `:x:` is text, not an emoji.
out = Console(highlight=False, emoji=False)
err = Console(stderr=True, highlight=False, emoji=False)

DEBUG_VARIABLE = "PLANTCAST_DEBUG"
EXIT_FAULT = 1
EXIT_USAGE = 2
EXIT_INTERRUPTED = 130


def say(text: str) -> None:
    """Print progress on stderr; never wrapped, so that a URL or path stays whole."""
    err.print(text, soft_wrap=True)


def step(text: str) -> None:
    """Print the beginning of a step."""
    say(f"[cyan]▸[/] {escape(text)}")


def done(text: str) -> None:
    """Print the success of a step."""
    say(f"[green]✓[/] {escape(text)}")


def warn(text: str) -> None:
    """Print a warning."""
    say(f"[yellow]![/] {escape(text)}")


def print_json(value: Any) -> None:
    """Print one JSON document on stdout, and nothing else there."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=2) + "\n")


def show_lines(lines: Iterable[tuple[str, str]]) -> None:
    """Print (name, text) pairs on stdout, aligned; never wrapped, so that a URL stays whole."""
    for name, text in lines:
        out.print(f"[dim]{name:14}[/] {escape(text)}", soft_wrap=True)


def progress() -> Progress:
    """Return a progress bar on stderr; elsewhere than on a terminal it shows nothing."""
    return Progress(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(bar_width=30),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=err,
        transient=True,
        disable=not err.is_terminal,
    )


def guarded(command: Callable[P, None]) -> Callable[P, None]:
    """Turn faults into one message with its remedy and an exit code; `PLANTCAST_DEBUG=1` shows the trace."""

    @functools.wraps(command)
    def wrapper(*args: P.args, **kwargs: P.kwargs) -> None:
        handle_interrupts()
        try:
            command(*args, **kwargs)
        except (typer.Exit, typer.Abort):
            raise
        except KeyboardInterrupt:
            say("[yellow]Interrupted.[/]")
            raise typer.Exit(EXIT_INTERRUPTED) from None
        except BrokenPipeError:
            # The reader (`| head`) has gone; Python would complain again when it flushes at exit.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            raise typer.Exit(EXIT_FAULT) from None
        except Exception as fault:
            if os.environ.get(DEBUG_VARIABLE) == "1":
                raise
            message = explain(fault)
            say(f"[bold red]✗[/] {escape(message)}")
            raise typer.Exit(EXIT_USAGE if isinstance(fault, InvalidInputError) else EXIT_FAULT) from None

    return wrapper


def run_script(main: Callable[[], int]) -> NoReturn:
    """Exit with the code of `main`; a fault is one message with its remedy and exit code 1."""
    try:
        sys.exit(main())
    except (PlantcastError, ClientError, BotoCoreError) as fault:
        sys.stderr.write(f"{explain(fault)}\n")
        sys.exit(EXIT_FAULT)


def explain(fault: Exception) -> str:
    """Return one message that names the cause and the remedy."""
    if isinstance(fault, PlantcastError):
        return str(fault)
    if isinstance(fault, OSError):
        return (
            f"{fault}. Make it writable, free space there, or name another folder (PLANTCAST_STATE_DIR for "
            "what runs here; the command's own option for what it writes)."
        )
    if isinstance(fault, ClientError | BotoCoreError):
        return (
            f"A call to AWS or the emulator failed: {fault} For AWS check credentials and region "
            "(`aws sts get-caller-identity`, AWS_PROFILE, AWS_REGION); for the local deployment see "
            "`./plantcast status` and `./plantcast logs emulator`."
        )
    return (
        f"Unexpected {type(fault).__name__}: {fault} "
        f"Call again with {DEBUG_VARIABLE}=1 for the whole trace, and report it."
    )
