"""`plantcast cost`: what a month of the stack costs in Seoul's region (ap-northeast-2), estimated in USD.

Quantities are linear in the number of stations and of page views. They were measured on 2026-11-26 with ten
years of Seoul's observations (two nights, ten backfilled years): CPU time and calls to AWS of each function
in a process of its own. Billed seconds on Lambda are 1.5 times the CPU time on the memory's share of a CPU,
50 ms a call to S3, 10 ms a call to DynamoDB, 2 s a page of the KMA, and a new process for each invocation.
Push messages, which are off by default, are left out: 24 calls a day of a few seconds at 1 GB, 0.04 USD.
The hourly update is estimated from these, with observations of today, which change every hour's forecast.
No bill has been compared with it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Final

import typer
from rich.table import Table

from infra.terminal.console import out, print_json, say

PRICES_AS_OF: Final = "2026-10-01"
DAYS: Final = 30
PAGE_REQUESTS: Final = 7  # to the API, of a view of the dashboard's first page (web/src/pages/home*)
CUSTOM_METRICS: Final = frozenset(
    {
        "HoursBehind",
        "KmaGuidanceAge",
        "LiveObservationsAge",
        "NoticesPublished",
        "OpenMeteoGuidanceAge",
        "StationsDegraded",
        "StationsFailed",
        "StationsWithoutSkill",
    }
)
LOG_METRICS: Final = frozenset({"FunctionErrors"})  # written by metric filters
ALARM_METRICS: Final = 10


@dataclass(frozen=True)
class Use:
    """A function: its MB, and the billed seconds and invocations of a night, fixed and for each station."""

    memory_mb: int
    seconds: float
    seconds_each: float
    calls: float
    calls_each: float


# Billed seconds include a new process's start (imports; 5 s for an image). Peak memory measured, in MB:
# prepare 74, ingest 217, features 398, train 1,236, evaluate 546, predict 552, monitor 204.
USES: Final = {
    "PrepareFunction": Use(256, 4.0, 0, 1, 0),
    "IngestFunction": Use(512, 0, 17.7, 0, 2),  # twice: yesterday is incomplete at the first attempt
    "FeaturesFunction": Use(640, 0, 13.4, 0, 1),
    "TrainFunction": Use(1769, 0, 258.8, 0, 2),
    "EvaluateFunction": Use(1024, 0, 23.1, 0, 2),
    "PredictFunction": Use(1769, 0, 9.7, 0, 1),
    "MonitorFunction": Use(512, 3.9, 3.0, 1, 0),
    "NotifyFunction": Use(1024, 3.2, 0.3, 2, 0),  # the night and the notices of the day
}
# Of a day: each hour one call, and of each station one issue of 16 pages in all and an hour's observations.
HOURLY: Final = {
    "UpdateFunction": Use(512, 96.0, 92.0, 24, 0),
    "PredictFunction": Use(1769, 0, 24 * 9.7, 0, 24),
}
API: Final = Use(512, 0, 19.3, 0, PAGE_REQUESTS)  # of a page view
_DAY: Final = (*USES.values(), *HOURLY.values())
_DAY_GB_S: Final = sum(use.seconds * use.memory_mb / 1024 for use in _DAY)
_DAY_GB_S_EACH: Final = sum(use.seconds_each * use.memory_mb / 1024 for use in _DAY)
_DAY_CALLS: Final = sum(use.calls for use in _DAY)
_DAY_CALLS_EACH: Final = sum(use.calls_each for use in _DAY)
_HOURS: Final = DAYS * 24
_VIEW_GB_S: Final = API.seconds_each * API.memory_mb / 1024


@dataclass(frozen=True)
class Price:
    """One priced thing: USD a unit, units free in every month, and the units that a month uses.

    `fixed` a month, `each` for each station, `view` for each page view. `source` of the price: AWS's price
    `list` of the region, its pricing `page`, or from `memory` and not confirmed for the region.
    """

    service: str
    what: str
    usd: float
    free: float
    source: str
    fixed: float = 0
    each: float = 0
    view: float = 0

    def quantity(self, stations: int, views: int) -> float:
        """Return the units of a month with so many stations and page views a day."""
        return self.fixed + self.each * stations + self.view * views * DAYS


# Calls were counted at botocore's endpoint; storage is ten years of Seoul and a year of nights and hours,
# with the versions that the lifecycle rules keep; transitions are those of the definitions, with one wait.
PRICES: Final = (
    Price("Lambda", "requests", 2e-7, 1e6, "list", DAYS * _DAY_CALLS, DAYS * _DAY_CALLS_EACH, PAGE_REQUESTS),
    Price(
        "Lambda",
        "GB-seconds, x86",
        1.66667e-5,
        4e5,
        "list",
        DAYS * _DAY_GB_S,
        DAYS * _DAY_GB_S_EACH,
        _VIEW_GB_S,
    ),
    Price("Step Functions", "state transitions", 2.71e-5, 4000, "page", 450 + 5 * _HOURS, 600 + _HOURS),
    Price("S3", "GB-months", 0.025, 0, "list", 0, 2.63 + 0.3),
    Price("S3", "PUT and LIST requests", 4.5e-6, 0, "list", 0, 1500 + 3 * _HOURS),
    Price("S3", "GET and HEAD requests", 3.5e-7, 0, "list", 0, 7290 + 60 * _HOURS, 10),
    Price("DynamoDB", "write request units", 6.8e-7, 0, "list", 5100, 1380 + 12 * _HOURS),
    Price("DynamoDB", "read request units", 1.355e-7, 0, "list", 1440, 4290 + 8 * _HOURS, 6),
    Price("DynamoDB", "GB-months", 0.27075, 25, "list", 0, 0.008 + 0.08),
    Price("DynamoDB", "GB-months of point-in-time recovery", 0.2166, 0, "list", 0, 0.008 + 0.08),
    Price("API Gateway", "REST requests", 3.5e-6, 0, "memory", 0, 0, PAGE_REQUESTS),
    Price("Data transfer", "GB out to the internet", 0.126, 100, "list", 0, 0, 460 / 1024**2),
    Price("CloudWatch", "GB of logs taken in", 0.76, 5, "list", 0.0058, 0.0024, 4.6e-6),
    Price("CloudWatch", "GB-months of logs kept", 0.0314, 5, "list", 0.0058, 0.0024, 4.6e-6),
    Price("CloudWatch", "custom metrics", 0.3, 10, "list", len(CUSTOM_METRICS | LOG_METRICS)),
    Price("CloudWatch", "metrics of alarms", 0.1, 10, "list", ALARM_METRICS),
    Price("CloudWatch", "dashboards", 3.0, 3, "page", 1),
    Price("X-Ray", "traces", 5e-6, 1e5, "memory", DAYS * 2 + _HOURS, 0, PAGE_REQUESTS),
    Price("SNS", "publishes and e-mails", 2e-5, 1000, "memory", DAYS * 2),
    Price("ECR", "GB-months of images", 0.1, 0, "list", 0.7),  # two versions in one repository
    Price(
        "KMS",
        "requests with AWS's own keys",
        3e-6,
        2e4,
        "list",
        DAYS * _DAY_CALLS,
        DAYS * _DAY_CALLS_EACH,
        PAGE_REQUESTS,
    ),
)
# Once, for each station: 150 GB-seconds, 560 PUT, 1,600 GET requests, 44 transitions.
BACKFILL_USD_EACH: Final = 0.007


def bill(stations: int, views: int) -> list[dict[str, str | float]]:
    """Return a row a price: what, quantity, USD a unit, USD at list price and after what is free."""
    rows: list[dict[str, str | float]] = []
    for price in PRICES:
        quantity = price.quantity(stations, views)
        after = max(0.0, quantity - price.free) * price.usd
        amounts = {
            "quantity": quantity,
            "usd_a_unit": price.usd,
            "usd_list": quantity * price.usd,
            "usd": after,
        }
        rows.append({"service": price.service, "what": price.what, "source": price.source, **amounts})
    return rows


def total(rows: list[dict[str, str | float]], column: str) -> float:
    """Return the sum of a column."""
    return sum(float(row[column]) for row in rows)


def cost_command(
    stations: Annotated[int, typer.Option(min=1, max=100_000, help="How many stations.")] = 1,
    page_views: Annotated[int, typer.Option(min=0, help="Views of the dashboard's first page a day.")] = 50,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON document on stdout, nothing else.")
    ] = False,
) -> None:
    """Estimate a month's cost in Seoul's region, from measured use; makes no call to AWS."""
    rows = bill(stations, page_views)
    if as_json:
        sums = {"usd_list": total(rows, "usd_list"), "usd": total(rows, "usd")}
        given = {"stations": stations, "page_views_a_day": page_views, "prices_as_of": PRICES_AS_OF}
        print_json({**given, "lines": rows, **sums, "backfill_usd": stations * BACKFILL_USD_EACH})
        return
    table = Table("service", "what", "quantity", "USD a unit", "list", "after free", box=None, pad_edge=False)
    for column in table.columns[2:]:
        column.justify = "right"
    for row in rows:
        unit = f"{row['usd_a_unit']:.10f}".rstrip("0")
        amounts = [_number(float(row["quantity"])), unit]
        table.add_row(
            str(row["service"]), str(row["what"]), *amounts, _usd(row["usd_list"]), _usd(row["usd"])
        )
    table.add_row("sum", "", "", "", _usd(total(rows, "usd_list")), _usd(total(rows, "usd")))
    out.print(table)
    say(
        f"USD a month of {DAYS} days at list prices of {PRICES_AS_OF}; what is free is free once an account. "
        f"Ten years of observations, once: {stations * BACKFILL_USD_EACH:.2f} USD."
    )


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 or value == int(value) else f"{value:.3g}"


def _usd(value: str | float) -> str:
    amount = float(value)
    return "0" if amount == 0 else "< 0.01" if amount < 0.005 else f"{amount:,.2f}"
