"""The KMA's ASOS network: number, names and place of each station. Imports nothing heavy; the API uses it.

Source: the KMA's station information (기상청 관측지점정보, https://data.kma.go.kr): every ASOS station
without a closing date in the list as it stood after December 2025. It was not read there itself; public
copies of it from 2022 and 2026, and copies of the station list of the KMA's API hub, were compared.

- Numbers, Korean names and coordinates agree in all copies, the coordinates within some 30 m, but for
  stations that opened or moved in between. Of those the newest place stands here: 181 Seocheongju (2023),
  211 Inje and 217 Jeongseon-gun (both 2025).
- Elevations are in the one list only. Reduction to sea level in hourly observations of 2021 and 2022 agrees
  within 1 m for Seoul, Andong, Daegu, Jeonju and Gwangju; for the others only the list speaks. 133 Daejeon,
  232 Cheonan and 238 Geumsan differed by 2 to 3 m in 2022; the newer value stands here.
- Not settled: the elevations of 140 Gunsan and 251 Gochang-gun. By the same list their barometers stand 3 m
  below the ground; the elevation that would fit is noted. Such a gap, but of less than 3 m or left over from
  a former site, casts a smaller doubt on 165, 232, 247, 254, 255, 266, 268 and 284.
- Whether the hourly service answers for each of these numbers was not tried.

English names are the Revised Romanization. `-gun` and `-si` stay where the KMA's name has them, which keeps
172 Gochang and 251 Gochang-gun apart.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal

from plantcast.common.errors import InvalidInputError


@dataclass(frozen=True)
class Station:
    """An ASOS station: latitude and longitude in degrees (WGS 84), elevation in metres above sea level."""

    number: str
    name_ko: str
    name_en: str
    latitude: float
    longitude: float
    elevation: float


_STATIONS: Final = (
    Station("90", "속초", "Sokcho", 38.2509, 128.5647, 17.5),
    Station("93", "북춘천", "Bukchuncheon", 37.9474, 127.7544, 95.8),
    Station("95", "철원", "Cheorwon", 38.1479, 127.3042, 155.5),
    Station("98", "동두천", "Dongducheon", 37.9019, 127.0607, 115.6),
    Station("99", "파주", "Paju", 37.8859, 126.7665, 30.6),
    Station("100", "대관령", "Daegwallyeong", 37.6771, 128.7183, 772.4),
    Station("101", "춘천", "Chuncheon", 37.9026, 127.7357, 75.8),
    Station("102", "백령도", "Baengnyeongdo", 37.9740, 124.7124, 36.0),
    Station("104", "북강릉", "Bukgangneung", 37.8046, 128.8554, 75.2),
    Station("105", "강릉", "Gangneung", 37.7515, 128.8910, 27.1),
    Station("106", "동해", "Donghae", 37.5071, 129.1243, 40.5),
    Station("108", "서울", "Seoul", 37.5714, 126.9658, 85.7),
    Station("112", "인천", "Incheon", 37.4777, 126.6249, 69.0),
    Station("114", "원주", "Wonju", 37.3375, 127.9466, 150.1),
    Station("115", "울릉도", "Ulleungdo", 37.4813, 130.8986, 221.1),
    Station("119", "수원", "Suwon", 37.2575, 126.9830, 39.8),
    Station("121", "영월", "Yeongwol", 37.1813, 128.4574, 240.5),
    Station("127", "충주", "Chungju", 36.9705, 127.9525, 114.9),
    Station("129", "서산", "Seosan", 36.7766, 126.4939, 25.3),
    Station("130", "울진", "Uljin", 36.9918, 129.4128, 49.0),
    Station("131", "청주", "Cheongju", 36.6392, 127.4407, 58.7),
    Station("133", "대전", "Daejeon", 36.3720, 127.3721, 67.8),
    Station("135", "추풍령", "Chupungnyeong", 36.2203, 127.9946, 245.0),
    Station("136", "안동", "Andong", 36.5729, 128.7073, 141.3),
    Station("137", "상주", "Sangju", 36.4084, 128.1574, 96.6),
    Station("138", "포항", "Pohang", 36.0320, 129.3800, 3.9),
    Station("140", "군산", "Gunsan", 36.0053, 126.7614, 27.9),  # or 23.2 m
    Station("143", "대구", "Daegu", 35.8780, 128.6530, 54.3),
    Station("146", "전주", "Jeonju", 35.8409, 127.1172, 60.4),
    Station("152", "울산", "Ulsan", 35.5824, 129.3347, 81.1),
    Station("155", "창원", "Changwon", 35.1702, 128.5728, 35.0),
    Station("156", "광주", "Gwangju", 35.1729, 126.8916, 70.3),
    Station("159", "부산", "Busan", 35.1047, 129.0320, 69.6),
    Station("162", "통영", "Tongyeong", 34.8454, 128.4356, 31.2),
    Station("165", "목포", "Mokpo", 34.8173, 126.3815, 44.7),
    Station("168", "여수", "Yeosu", 34.7393, 127.7406, 65.9),
    Station("169", "흑산도", "Heuksando", 34.6872, 125.4511, 75.1),
    Station("170", "완도", "Wando", 34.3959, 126.7018, 35.4),
    Station("172", "고창", "Gochang", 35.3482, 126.5990, 52.4),
    Station("174", "순천", "Suncheon", 35.0204, 127.3694, 165.0),
    Station("177", "홍성", "Hongseong", 36.6576, 126.6877, 27.7),
    Station("181", "서청주", "Seocheongju", 36.6399, 127.3846, 33.6),
    Station("184", "제주", "Jeju", 33.5141, 126.5297, 20.8),
    Station("185", "고산", "Gosan", 33.2938, 126.1628, 71.4),
    Station("188", "성산", "Seongsan", 33.3868, 126.8802, 20.3),
    Station("189", "서귀포", "Seogwipo", 33.2462, 126.5653, 51.9),
    Station("192", "진주", "Jinju", 35.1638, 128.0400, 29.4),
    Station("201", "강화", "Ganghwa", 37.7074, 126.4463, 47.8),
    Station("202", "양평", "Yangpyeong", 37.4886, 127.4945, 47.3),
    Station("203", "이천", "Icheon", 37.2640, 127.4842, 80.1),
    Station("211", "인제", "Inje", 38.0599, 128.1681, 202.0),
    Station("212", "홍천", "Hongcheon", 37.6836, 127.8804, 140.2),
    Station("216", "태백", "Taebaek", 37.1704, 128.9893, 714.5),
    Station("217", "정선군", "Jeongseon-gun", 37.3807, 128.6731, 312.0),
    Station("221", "제천", "Jecheon", 37.1593, 128.1943, 264.6),
    Station("226", "보은", "Boeun", 36.4876, 127.7342, 171.3),
    Station("232", "천안", "Cheonan", 36.7622, 127.2928, 84.8),
    Station("235", "보령", "Boryeong", 36.3272, 126.5574, 10.0),
    Station("236", "부여", "Buyeo", 36.2724, 126.9208, 13.4),
    Station("238", "금산", "Geumsan", 36.1056, 127.4818, 170.2),
    Station("239", "세종", "Sejong", 36.4852, 127.2444, 89.5),
    Station("243", "부안", "Buan", 35.7296, 126.7166, 12.2),
    Station("244", "임실", "Imsil", 35.6120, 127.2856, 247.0),
    Station("245", "정읍", "Jeongeup", 35.5634, 126.8390, 68.7),
    Station("247", "남원", "Namwon", 35.4213, 127.3965, 133.5),
    Station("248", "장수", "Jangsu", 35.6570, 127.5203, 406.9),
    Station("251", "고창군", "Gochang-gun", 35.4266, 126.6970, 58.8),  # or 54.0 m
    Station("252", "영광군", "Yeonggwang-gun", 35.2837, 126.4778, 37.2),
    Station("253", "김해시", "Gimhae-si", 35.2298, 128.8908, 54.6),
    Station("254", "순창군", "Sunchang-gun", 35.3713, 127.1286, 129.4),
    Station("255", "북창원", "Bukchangwon", 35.2266, 128.6726, 51.0),
    Station("257", "양산시", "Yangsan-si", 35.3074, 129.0201, 6.3),
    Station("258", "보성군", "Boseong-gun", 34.7634, 127.2123, 1.4),
    Station("259", "강진군", "Gangjin-gun", 34.6446, 126.7841, 16.0),
    Station("260", "장흥", "Jangheung", 34.6889, 126.9195, 44.0),
    Station("261", "해남", "Haenam", 34.5538, 126.5691, 16.4),
    Station("262", "고흥", "Goheung", 34.6183, 127.2757, 51.9),
    Station("263", "의령군", "Uiryeong-gun", 35.3226, 128.2881, 14.1),
    Station("264", "함양군", "Hamyang-gun", 35.5114, 127.7454, 152.1),
    Station("266", "광양시", "Gwangyang-si", 34.9434, 127.6914, 88.2),
    Station("268", "진도군", "Jindo-gun", 34.4730, 126.2585, 9.8),
    Station("271", "봉화", "Bonghwa", 36.9436, 128.9145, 324.7),
    Station("272", "영주", "Yeongju", 36.8718, 128.5169, 211.3),
    Station("273", "문경", "Mungyeong", 36.6273, 128.1488, 173.0),
    Station("276", "청송군", "Cheongsong-gun", 36.4351, 129.0401, 208.7),
    Station("277", "영덕", "Yeongdeok", 36.5334, 129.4093, 40.7),
    Station("278", "의성", "Uiseong", 36.3561, 128.6886, 81.4),
    Station("279", "구미", "Gumi", 36.1306, 128.3206, 49.2),
    Station("281", "영천", "Yeongcheon", 35.9774, 128.9514, 96.1),
    Station("283", "경주시", "Gyeongju-si", 35.8174, 129.2009, 40.1),
    Station("284", "거창", "Geochang", 35.6674, 127.9099, 228.5),
    Station("285", "합천", "Hapcheon", 35.5651, 128.1699, 26.7),
    Station("288", "밀양", "Miryang", 35.4915, 128.7441, 8.3),
    Station("289", "산청", "Sancheong", 35.4130, 127.8791, 138.2),
    Station("294", "거제", "Geoje", 34.8882, 128.6046, 44.8),
    Station("295", "남해", "Namhae", 34.8166, 127.9264, 45.7),
    Station("296", "북부산", "Bukbusan", 35.2178, 128.9602, 3.0),  # since 2025; to the metre only
)

STATIONS: Final[Mapping[str, Station]] = MappingProxyType({known.number: known for known in _STATIONS})

# All numbers have two or three digits; longer ones are not worth converting.
_MOST_DIGITS: Final = 4
_EXAMPLES: Final = ("108", "159", "184")


def station(number: str) -> Station:
    """Return the station with this ASOS number.

    Raises:
        InvalidInputError: no such station is known; the message names the value and a few that are.
    """
    found = STATIONS.get(number)
    if found is None:
        meant = ", ".join(f"{other.number} {other.name_en}" for other in _meant(number))
        raise InvalidInputError(
            f"Station {number!r} is not known.",
            remedy=f"Use the number of one of the {len(STATIONS)} ASOS stations, for example {meant}.",
        )
    return found


def station_name(number: str, language: Literal["ko", "en"]) -> str:
    """Return a station as messages name it, for example `Seoul(108)`."""
    known = STATIONS.get(number)
    if known is None:
        return number
    return f"{known.name_ko if language == 'ko' else known.name_en}({number})"


def _meant(value: str) -> list[Station]:
    """Return the station called `value`; or the three nearest by number; or well-known ones."""
    called = [known for known in _STATIONS if value.casefold() in (known.name_en.casefold(), known.name_ko)]
    if called:
        return called
    if not value.isdecimal() or len(value) > _MOST_DIGITS:
        return [STATIONS[example] for example in _EXAMPLES]
    return sorted(_STATIONS, key=lambda known: abs(int(known.number) - int(value)))[:3]
