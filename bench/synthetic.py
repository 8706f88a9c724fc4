"""Synthetic observations for benchmarks in each form they come in: frames, responses, the portal's CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from functools import cache
from types import MappingProxyType
from typing import Final

import numpy as np
import pandas as pd

from infra.kma_simulator.rows import write_rows
from infra.kma_simulator.service import DEFAULT_KEY, Behaviour, Simulator
from infra.kma_simulator.synthetic import SyntheticWeather
from plantcast.common.clock import HOUR, KST
from plantcast.observations import VARIABLES
from plantcast.observations.frame import hour_index
from plantcast.observations.kma.client import MAX_ROWS
from plantcast.observations.lake.raw import Response

# When what is made up here was received: any moment after it.
RECEIVED: Final = datetime(2026, 1, 1, tzinfo=KST)

# Every column `OBS_ASOS_TIM_….csv` files of the portal have been seen with, as written there (`(100m )` has a
# blank in it), and the service's field it holds.
PORTAL_COLUMNS: Final = MappingProxyType(
    {
        "기온(°C)": "ta",
        "기온 QC플래그": "taQcflg",
        "강수량(mm)": "rn",
        "강수량 QC플래그": "rnQcflg",
        "풍속(m/s)": "ws",
        "풍속 QC플래그": "wsQcflg",
        "풍향(16방위)": "wd",
        "풍향 QC플래그": "wdQcflg",
        "습도(%)": "hm",
        "습도 QC플래그": "hmQcflg",
        "증기압(hPa)": "pv",
        "이슬점온도(°C)": "td",
        "현지기압(hPa)": "pa",
        "현지기압 QC플래그": "paQcflg",
        "해면기압(hPa)": "ps",
        "해면기압 QC플래그": "psQcflg",
        "일조(hr)": "ss",
        "일조 QC플래그": "ssQcflg",
        "일사(MJ/m2)": "icsr",
        "일사 QC플래그": "icsrQcflg",
        "적설(cm)": "dsnw",
        "3시간신적설(cm)": "hr3Fhsc",
        "전운량(10분위)": "dc10Tca",
        "중하층운량(10분위)": "dc10LmcsCa",
        "운형(운형약어)": "clfmAbbrCd",
        "최저운고(100m )": "lcsCh",
        "시정(10m)": "vs",
        "지면상태(지면상태코드)": "gndSttCd",
        "현상번호(국내식)": "dmstMtphNo",
        "지면온도(°C)": "ts",
        "지면온도 QC플래그": "tsQcflg",
        "5cm 지중온도(°C)": "m005Te",
        "10cm 지중온도(°C)": "m01Te",
        "20cm 지중온도(°C)": "m02Te",
        "30cm 지중온도(°C)": "m03Te",
    }
)


@cache
def _weather() -> SyntheticWeather:
    return SyntheticWeather()


def years(first: int, last: int) -> tuple[datetime, datetime]:
    """Return the first and the last hour of the years `first` to `last`."""
    return datetime(first, 1, 1, tzinfo=KST), datetime(last, 12, 31, 23, tzinfo=KST)


def sent_frame(station: str, start: datetime, end: datetime) -> pd.DataFrame:
    """Return a station's hours as a sent frame."""
    observed = _weather().hours(station, start, end)
    frame = pd.DataFrame(
        {name: observed[name].to_numpy(np.float64) for name in VARIABLES},
        index=hour_index(pd.DatetimeIndex(observed.index)),
    )
    return frame.assign(qc_flags="", unsent="")


def responses(station: str, start: datetime, end: datetime) -> Iterator[Response]:
    """Yield what the service answers to one who asks for these hours page by page."""
    simulator = Simulator(_weather(), behaviour=Behaviour(calls_per_day=None))
    for number, first in enumerate(pd.date_range(start, end, freq=MAX_ROWS * HOUR).to_pydatetime()):
        last = min(end, first + (MAX_ROWS - 1) * HOUR)
        asked = {
            "serviceKey": DEFAULT_KEY,
            "dataCd": "ASOS",
            "dateCd": "HR",
            "dataType": "JSON",
            "stnIds": station,
            "startDt": f"{first:%Y%m%d}",
            "startHh": f"{first:%H}",
            "endDt": f"{last:%Y%m%d}",
            "endHh": f"{last:%H}",
            "numOfRows": str(MAX_ROWS),
            "pageNo": "1",
        }
        body = simulator.answer(asked).answer.body.encode()
        yield Response(station, first, last, 1, body, RECEIVED + timedelta(seconds=number), "synthetic")


def portal_csv(stations: Sequence[str], start: datetime, end: datetime) -> bytes:
    """Return a file as the portal gives it for download, all columns, in CP949."""
    sink = io.StringIO()
    writer = csv.writer(sink, lineterminator="\n")
    writer.writerow(["지점", "지점명", "일시", *PORTAL_COLUMNS])
    for station in stations:
        name = _weather().stations[station]
        rows = write_rows(_weather().hours(station, start, end), station=station, name=name, first_number=1)
        writer.writerows(
            [station, name, row["tm"], *(row.get(field, "") for field in PORTAL_COLUMNS.values())]
            for row in rows
        )
    return sink.getvalue().encode("cp949")
