"""The estimate in tables: rows of text, from which both the terminal and docs/cost.md are made."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from infra.operations.cost.bill import Bill
from infra.operations.cost.estimate import Estimate
from infra.operations.cost.measurements import FUNCTION_OF

Rows = list[list[str]]
_CENT: Final = 0.01


def usd(amount: float) -> str:
    """Write an amount of USD: to the cent, and what is less than half of one as such."""
    if amount == 0:
        return "0"
    return "< 0.01" if amount < _CENT / 2 else f"{amount:,.2f}"


def number(quantity: float) -> str:
    """Write a quantity: three digits of a small one, none after the point of a large one."""
    return f"{quantity:,.0f}" if quantity >= 100 or quantity == int(quantity) else f"{quantity:.3g}"


def services(estimate: Estimate) -> Rows:
    """Return a row a service, with a pair of columns a number of stations; the sum is the last."""
    counts = list(estimate.months)
    head = ["service"]
    for count in counts:
        head += [f"{_stations(count)}, list", "after always-free"]
    names = list(estimate.months[counts[0]].by_service())
    rows = [head]
    for name in names:
        pairs = [estimate.months[count].by_service()[name] for count in counts]
        if any(listed or after for listed, after in pairs):
            rows.append([name, *(usd(amount) for pair in pairs for amount in pair)])
    sums = [
        amount for count in counts for amount in (estimate.months[count].list_usd, estimate.months[count].usd)
    ]
    return [*rows, ["sum", *map(usd, sums)]]


def lines(bill: Bill) -> Rows:
    """Return a row a line of one bill."""
    rows = [["service", "what", "quantity", "unit", "USD a unit", "list", "always free", "after"]]
    for line in bill.lines:
        if line.quantity:
            price = f"{line.usd_per_unit:.10f}".rstrip("0").rstrip(".") or "0"
            free = number(line.always_free) if line.always_free else "–"
            rows.append(
                [
                    line.service,
                    line.title,
                    number(line.quantity),
                    line.unit,
                    price,
                    usd(line.list_usd),
                    free,
                    usd(line.usd),
                ]
            )
    return [*rows, ["sum", "", "", "", "", usd(bill.list_usd), "", usd(bill.usd)]]


def functions(estimate: Estimate) -> Rows:
    """Return a row a function: what was measured, what it has, and its GB-seconds of a month."""
    counts = list(estimate.months)
    head = ["function", "peak, MB", "CPU, s", "start, CPU s", "memory, MB", "timeout, s"]
    rows = [[*head, *(f"GB-s, {_stations(count)}" for count in counts)]]
    for function, memory in estimate.facts.memory_mb.items():
        used = [estimate.measured.uses[name] for name, one in FUNCTION_OF.items() if one == function]
        rows.append(
            [
                function.removesuffix("Function"),
                str(max(use.peak_mb for use in used)),
                f"{max(use.cpu_s for use in used):.2f}",
                f"{max(use.start_cpu_s for use in used):.2f}",
                str(memory),
                str(estimate.facts.timeout_s[function]),
                *(number(estimate.gb_seconds(count).get(function, 0)) for count in counts),
            ]
        )
    return rows


def backfills(estimate: Estimate) -> Rows:
    """Return a row a number of stations: what bringing ten years once costs."""
    rows = [["ten years of", "list", "after always-free"]]
    for count, bill in estimate.backfills.items():
        rows.append([_stations(count), usd(bill.list_usd), usd(bill.usd)])
    return rows


def markdown(rows: Sequence[Sequence[str]]) -> str:
    """Write rows as a table of Markdown, the first as its head."""
    head, *body = rows
    parts = [head, ["---"] * len(head), *body]
    return "\n".join(f"| {' | '.join(part)} |" for part in parts)


def _stations(count: int) -> str:
    return "1 station" if count == 1 else f"{count:,} stations"
