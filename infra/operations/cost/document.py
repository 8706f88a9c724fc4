"""docs/cost.md's tables, written into it between their marks: python -m infra.operations.cost.document."""

from __future__ import annotations

import re
from functools import partial
from typing import Final

from infra.operations.cost import tables
from infra.operations.cost.estimate import Estimate, estimate
from infra.operations.cost.transitions import ROOT
from plantcast.errors import CorruptDataError

DOCUMENT: Final = ROOT / "docs/cost.md"


def made_tables(whole: Estimate) -> dict[str, str]:
    """Return each table of the document by its mark."""
    return {
        "services": tables.markdown(tables.services(whole)),
        "lines-1": tables.markdown(tables.lines(whole.months[1])),
        "lines-100": tables.markdown(tables.lines(whole.months[100])),
        "functions": tables.markdown(tables.functions(whole)),
        "backfill": tables.markdown(tables.backfills(whole)),
        "assumptions": tables.markdown(
            [["assumed", "value"], *([name, str(value)] for name, value in whole.assumed.facts().items())]
        ),
        "sources": tables.markdown(
            [["price", "of Seoul?", "from"]]
            + [
                [f"`{name}`", "yes" if price.confirmed_for_region else "**no**", price.source]
                for name, price in whole.prices.prices.items()
            ]
        ),
    }


def with_tables(text: str, made: dict[str, str]) -> str:
    """Return the document with each table between its marks `<!-- name -->` and `<!-- /name -->`.

    Raises:
        CorruptDataError: the document has not both marks of each table, once.
    """
    for name, table in made.items():
        pattern = re.compile(rf"(<!-- {name} -->\n).*?(<!-- /{name} -->)", re.DOTALL)
        text, found = pattern.subn(partial(_between, table), text)
        if found != 1:
            raise CorruptDataError(
                f"{DOCUMENT.name} has the marks of the table {name!r} {found} times.",
                remedy=f"Write <!-- {name} --> and <!-- /{name} --> on lines of their own, once.",
            )
    return text


def _between(table: str, marks: re.Match[str]) -> str:
    return f"{marks[1]}{table}\n{marks[2]}"


def main() -> None:
    """Write the tables into the document."""
    DOCUMENT.write_text(with_tables(DOCUMENT.read_text("utf-8"), made_tables(estimate())), "utf-8")


if __name__ == "__main__":
    main()
