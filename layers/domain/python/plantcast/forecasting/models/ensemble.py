"""The fitted model of one target: what learnt the damped anomaly's errors, blended and calibrated."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import lightgbm as lgb
import numpy as np
import pandas as pd

from plantcast.common.errors import CorruptDataError
from plantcast.common.schema import FIELD, MODEL
from plantcast.forecasting import LEADS, TARGETS, Target
from plantcast.forecasting.features.origin import LOOKBACK as FEATURES_LOOKBACK
from plantcast.forecasting.features.pairs import Dataset, References
from plantcast.forecasting.features.windows import Floats
from plantcast.forecasting.models.baselines import Ints
from plantcast.forecasting.models.intervals import Blend, Ranges, block_of
from plantcast.forecasting.models.smooth import Hindcast, SmoothMembers
from plantcast.forecasting.models.spread import LOOKBACK as SPREAD_LOOKBACK
from plantcast.forecasting.models.trees import PARTS, predict

# What a forecast looks back: at its own errors of the last weeks, and at what those were made from.
LOOKBACK: Final = FEATURES_LOOKBACK + SPREAD_LOOKBACK
BOUNDS: Final[Mapping[Target, tuple[float, float]]] = {"ta": (-60.0, 60.0), "hm": (0.0, 100.0)}


@dataclass(frozen=True)
class Pairs:
    """Forecasts of (origin, lead) pairs: arrays of one length, p10 ≤ mean ≤ p90, within physical bounds."""

    mean: Floats
    p10: Floats
    p90: Floats

    @classmethod
    def bounded(cls, target: Target, mean: Floats, p10: Floats, p90: Floats) -> Pairs:
        """Clip to what the target can be; clipping all three alike keeps their order."""
        low, high = BOUNDS[target]
        return cls(*(np.clip(values, low, high) for values in (mean, p10, p90)))

    def paths(self) -> dict[str, Floats]:
        """Return `mean`, `p10` and `p90` as [origins, 48], for pairs that are whole paths."""
        return {name: getattr(self, name).reshape(-1, LEADS) for name in PARTS}


@dataclass(frozen=True)
class FittedModel:
    """A model of one target.

    Boosters, linear part and networks each forecast the error of the damped anomaly in units of its usual
    size; the blend weighs the sums against each other and the baselines, the ranges scale the distance of
    the quantiles. `information` describes the data it was fitted on.
    """

    target: Target
    references: References
    boosters: Mapping[str, lgb.Booster]
    smooth: SmoothMembers
    blend: Blend
    ranges: Ranges
    information: Mapping[str, Any]

    def predict(self, frame: pd.DataFrame, origins: pd.DatetimeIndex | None = None) -> dict[str, Floats]:
        """Forecast leads 1…48 from each origin.

        Args:
            frame: features of consecutive hours, reaching at least `LOOKBACK` before the origins.
            origins: rows of the frame; None: its last row.

        Returns:
            `mean`, `p10`, `p90`, each [origins, 48], in the target's unit.

        Raises:
            InvalidInputError: an origin is not in the frame.
        """
        dataset = Dataset(frame, self.references)
        positions = dataset.positions(pd.DatetimeIndex(frame.index[-1:]) if origins is None else origins)
        leads = np.tile(np.arange(1, LEADS + 1), len(positions))
        return self.predict_pairs(dataset, np.repeat(positions, LEADS), leads).paths()

    def predict_pairs(self, dataset: Dataset, origins: Ints, leads: Ints) -> Pairs:
        """Forecast (origin, lead) pairs of a dataset that was made with this model's references."""
        members = self.members(dataset, origins, leads)
        mean, low, high = combine(members, self.references, self.blend, leads)
        low, high = self.ranges.apply(mean, low, high, leads)
        return Pairs.bounded(self.target, mean, low, high)

    def members(self, dataset: Dataset, origins: Ints, leads: Ints) -> Members:
        """Return what is blended for (origin, lead) pairs."""
        cutoff = pd.Timestamp(self.information["cutoff"])
        hindcast = self.smooth.hindcast(dataset, origins, int(dataset.frame.index.searchsorted(cutoff)))
        data = dataset.matrix(origins, leads)
        scale = self.references.damped.scale[leads - 1]
        outputs = {part: predict(self.boosters[part], data) * scale for part in PARTS}
        return Members.of(outputs, hindcast, dataset.baselines(origins, leads), origins, leads)

    def to_files(self) -> dict[str, bytes]:
        """Return the model as files: LightGBM text and JSON, the same bytes for the same model."""
        document = {
            FIELD: MODEL.version,
            "target": self.target,
            "references": self.references.to_json(),
            "blend": self.blend.to_json(),
            "ranges": self.ranges.to_json(),
            "information": dict(self.information),
        }
        files = {f"{part}.txt": self.boosters[part].model_to_string().encode() for part in PARTS}
        # A megabyte of weights in one line; what people read is in model.json.
        smooth = json.dumps(self.smooth.to_json(), sort_keys=True, separators=(",", ":")).encode()
        return files | {"smooth.json": smooth, "model.json": to_json(document)}

    @classmethod
    def from_files(cls, files: Mapping[str, bytes]) -> FittedModel:
        """Restore from `to_files`.

        Raises:
            CorruptDataError: a file is missing or damaged, or too old to be read.
            SchemaVersionError: newer code wrote it.
        """
        try:
            document = _read(files["model.json"])
            blend = Blend.from_json(document["blend"])
            ranges = Ranges.from_json(document["ranges"])
            references = References.from_json(document["references"])
            smooth = SmoothMembers.from_json(json.loads(files["smooth.json"]))
            boosters = {part: lgb.Booster(model_str=files[f"{part}.txt"].decode()) for part in PARTS}
        except (KeyError, TypeError, ValueError, lgb.basic.LightGBMError) as error:
            raise CorruptDataError(
                f"A stored model cannot be read ({type(error).__name__}: {error}).",
                remedy="Train again, or roll back to the version before it.",
            ) from error
        return cls(document["target"], references, boosters, smooth, blend, ranges, document["information"])


@dataclass(frozen=True)
class Members:
    """What is blended for (origin, lead) pairs: `candidates` of the mean, the boosters' `outputs` (errors of
    the damped anomaly and their quantiles), `factors` by which to stretch ranges, and the `season`'s usual
    size of errors over the year's.
    """

    candidates: Mapping[str, Floats]
    outputs: Mapping[str, Floats]
    factors: Floats
    season: Floats

    @classmethod
    def of(
        cls,
        outputs: Mapping[str, Floats],
        hindcast: Hindcast,
        baselines: Mapping[str, Floats],
        origins: Ints,
        leads: Ints,
    ) -> Members:
        """Put the parts together; `outputs` are those of the boosters in the target's unit."""
        base = baselines["damped_anomaly"]
        rows = origins - hindcast.first
        candidates = {
            "trees": base + outputs["mean"],
            "linear": base + hindcast.linear[rows, leads - 1],
            "network": base + hindcast.network[rows, leads - 1],
            **baselines,
        }
        blocks = block_of(leads)
        season = hindcast.season[rows + leads, blocks]
        outputs = {part: values * (1 if part == "mean" else season) for part, values in outputs.items()}
        return cls(candidates, outputs, hindcast.factors[rows, blocks], season)


def combine(
    members: Members, references: References, blend: Blend, leads: Ints
) -> tuple[Floats, Floats, Floats]:
    """Return blended mean and uncalibrated 10 % and 90 % quantiles.

    The quantiles' distance from the mean is the boosters' as far as the blend trusts what was learnt, and the
    damped anomaly's climatological one, by season and hour, for the rest.
    """
    mean = blend.apply(members.candidates, leads)
    outputs, damped = members.outputs, references.damped
    trust = blend.trust(leads)
    # Quantiles are fitted independently and may cross the mean; a tenth of the climatological distance is
    # the minimum.
    usual_below = -damped.low[leads - 1] * members.season
    usual_above = damped.high[leads - 1] * members.season
    below = np.maximum(outputs["mean"] - outputs["p10"], 0.1 * usual_below)
    above = np.maximum(outputs["p90"] - outputs["mean"], 0.1 * usual_above)
    low = mean - members.factors * (trust * below + (1 - trust) * usual_below)
    high = mean + members.factors * (trust * above + (1 - trust) * usual_above)
    return mean, low, high


def _read(body: bytes) -> dict[str, Any]:
    """Return a model's document; ValueError or TypeError if it is none."""
    stored = json.loads(body)
    if not isinstance(stored, dict):
        raise TypeError(f"model.json is a {type(stored).__name__}")
    document = MODEL.read(stored, "model.json")
    if document["target"] not in TARGETS:
        raise ValueError(f"target {document['target']!r}")
    return document


def baseline_paths(references: References, frame: pd.DataFrame) -> dict[str, Floats]:
    """Forecast leads 1…48 from the frame's last row by the damped anomaly and its climatological range.

    Returns `mean`, `p10`, `p90`, each [1, 48].
    """
    dataset = Dataset(frame, references)
    leads = np.arange(1, LEADS + 1)
    mean = dataset.baselines(np.full(LEADS, len(frame) - 1), leads)["damped_anomaly"]
    damped = references.damped
    return Pairs.bounded(references.target, mean, mean + damped.low, mean + damped.high).paths()


def to_json(document: Mapping[str, Any]) -> bytes:
    """Serialise deterministically (sorted keys; floats in their shortest exact form)."""
    return json.dumps(document, ensure_ascii=False, sort_keys=True, indent=1).encode()
