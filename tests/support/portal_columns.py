"""Columns of the KMA portal's hourly files."""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

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
