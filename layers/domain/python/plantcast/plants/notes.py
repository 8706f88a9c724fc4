"""What a plant owner must know before trusting advice."""

from __future__ import annotations

from typing import Final

from plantcast.forecasting.issued import Forecast
from plantcast.plants.profiles import Profile
from plantcast.plants.simulation import SOURCE

_INDOORS: Final = (
    "바깥 공기를 기준으로 한 조언이에요. 창을 닫은 집 안은 더 따뜻하고, 겨울에는 더 건조해요.",
    "Based on outdoor air. With windows closed your rooms are warmer, and drier in winter.",
)
_OUTDOORS: Final = (
    "바깥 공기를 기준으로 한 조언이에요. 비를 맞았는지, 흙이 젖었는지, 화분이 얼마나 큰지는 알 수 없어요.",
    "Based on outdoor air. Rain on the pot, moist soil and the pot's size are not known.",
)


def advice_notes(
    forecast: Forecast, profile: Profile, *, stale: bool
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the notes in Korean and in English: stale, degraded, simulated, what is not known of the place.

    `stale`: see `Forecast.is_stale`; no advice is given then.
    """
    notes = []
    if stale:
        seen, issued = (f"{when:%Y-%m-%d %H:%M}" for when in (forecast.origin, forecast.issued_at))
        notes.append(
            (
                f"{seen}까지의 관측으로 {issued}에 발표한 지난 예보예요. 오래되어 조언을 드리지 않아요.",
                f"The forecast is out of date: it was issued at {issued} from observations up to {seen}. "
                "No advice is given.",
            )
        )
    if forecast.degraded_reasons:
        notes.append(
            (
                "일부 자료가 없이 만든 예보라 평소보다 덜 정확해요.",
                "The forecast was made from incomplete data and is less accurate than usual.",
            )
        )
    if forecast.source == SOURCE:
        notes.append(
            (
                "덥고 건조한 모의 날씨예요. 실제 예보가 아니에요.",
                "A simulated hot and dry spell, not a real forecast.",
            )
        )
    notes.append(_INDOORS if profile.place == "indoor" else _OUTDOORS)
    return tuple(ko for ko, _ in notes), tuple(en for _, en in notes)
