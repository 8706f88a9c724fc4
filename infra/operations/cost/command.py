"""The command `cost`: what a month of the stack costs, by service or by line."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from infra.local.console import out, print_json, say
from infra.operations.backup_command import AsJson
from infra.operations.cost import tables
from infra.operations.cost.assumptions import Assumptions
from infra.operations.cost.estimate import USUAL, Estimate, estimate
from infra.operations.cost.prices import list_prices
from plantcast.errors import InvalidInputError


def cost_command(
    stations: Annotated[
        int | None,
        typer.Option(
            help="How many stations; each line is shown [default: 1, 10 and 100 by service].",
            show_default=False,
        ),
    ] = None,
    page_views: Annotated[
        int, typer.Option(help="Views of the dashboard's first page a day.")
    ] = Assumptions.page_views_a_day,
    prices: Annotated[
        Path | None,
        typer.Option(help="JSON file of prices in place of the dated list prices.", show_default=False),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Estimate a month's cost in Seoul's region, from what was measured; nothing is asked of AWS."""
    if not 0 <= page_views <= 10_000_000:
        raise InvalidInputError(
            f"--page-views={page_views} is no number of page views a day.", remedy="Give 0 to 10,000,000."
        )
    listed = list_prices()
    whole = estimate(
        USUAL if stations is None else (stations,),
        prices=listed if prices is None else listed.replaced_by(prices),
        assumed=Assumptions(page_views_a_day=page_views),
    )
    if as_json:
        print_json(whole.json())
    else:
        _show(whole, by_line=stations is not None)


def _show(whole: Estimate, *, by_line: bool) -> None:
    if by_line:
        (bill,) = whole.months.values()
        _table(tables.lines(bill), left=2)
    else:
        _table(tables.services(whole), left=1)
    out.print()
    _table(tables.backfills(whole), left=1)
    unsure = [name for name, price in whole.prices.prices.items() if not price.confirmed_for_region]
    say(
        f"USD a month of 30 days in {whole.prices.region}; list prices of {whole.prices.as_of} (not "
        f"confirmed for the region: {', '.join(unsure) or 'none'}); measured {whole.measured.measured_at} "
        f"with {whole.measured.observations}; {whole.assumed.page_views_a_day} page views a day. "
        "The always-free allowances are the whole account's. docs/cost.md has the assumptions."
    )


def _table(rows: Sequence[Sequence[str]], *, left: int) -> None:
    head, *body = rows
    table = Table(box=None, pad_edge=False)
    for place, name in enumerate(head):
        table.add_column(name, justify="left" if place < left else "right")
    for row in body:
        table.add_row(*row)
    out.print(table)
