"""Tables as kma_sfctm3.php sends them, row by row."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from plantcast.common.clock import KST

HEADER = "#START7777\n# YYMMDDHHMI STN  WD   WS GST …\n#        KST  ID  16  m/s  WD …\n"
END = "#7777END\n"
_POSITIONS = {
    "wd": 2, "ws": 3, "pa": 7, "ps": 8, "ta": 11, "td": 12, "hm": 13, "pv": 14, "rn": 15, "rn_day": 16,
    "sd_tot": 21, "ww": 24, "ca_tot": 25, "ct": 28, "vs": 32, "ss": 33, "si": 34, "ts": 36,
}  # fmt: skip


def hub_row(at: datetime, station: str = "108", **values: object) -> str:
    """Return a row in which everything but `values` is missing, as the service writes that."""
    cells = ["-9"] * 46
    cells[:2] = [f"{at.astimezone(KST):%Y%m%d%H%M}", station]
    for name, value in values.items():
        cells[_POSITIONS[name]] = str(value)
    return " ".join(cells)


def hub_table(rows: Iterable[str]) -> bytes:
    """Return a whole table."""
    return (HEADER + "".join(f"{row}\n" for row in rows) + END).encode()
