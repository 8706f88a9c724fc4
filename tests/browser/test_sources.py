"""The dashboard's modules without a page, run by Node: words, rounding, axes, places of words."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from infra.build.web import WEB, find_npm


def _node(script: str) -> Any:
    """Run a module of the dashboard's sources in Node and return what it prints as JSON."""
    node = Path(find_npm()).with_name("node")
    done = subprocess.run(
        [str(node), "--input-type=module", "--eval", script],
        cwd=WEB,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    return json.loads(done.stdout)


def test_given_both_languages_then_they_have_the_same_words_to_say() -> None:
    keys = _node(
        """
        const { TEXTS } = await import("./src/text.js");
        const paths = (value, at) => (typeof value === "object"
          ? Object.entries(value).flatMap(([key, inner]) => paths(inner, `${at}.${key}`)) : [at]);
        console.log(JSON.stringify([paths(TEXTS.ko, ""), paths(TEXTS.en, "")]));
        """
    )
    assert sorted(keys[0]) == sorted(keys[1])
    assert len(keys[0]) > 150


def test_given_values_near_a_limit_then_rounding_does_not_move_them_over() -> None:
    cases = [
        (24.94, 1, 30, "24.9"),
        (29.96, 1, 30, "29.96"),
        (30.0, 1, 30, "30.0"),
        (30.4, 0, 30, "30.4"),
        (29.6, 0, 30, "29.6"),
        (30.0, 0, 30, "30"),
        (61.2, 0, 30, "61"),
        (-4.04, 1, 30, "−4.0"),
        (-0.04, 1, 30, "0.0"),
    ]
    shown = _node(
        f"""
        const {{ roundedHonestly }} = await import("./src/core/numbers.js");
        const cases = {json.dumps(cases)};
        const shown = ([value, places, limit]) => roundedHonestly(value, places, [limit]);
        console.log(JSON.stringify(cases.map(shown)));
        """
    )
    assert shown == [text for *_, text in cases]


def test_given_shares_then_none_is_rounded_to_a_certainty() -> None:
    shown = _node(
        """
        const { percent } = await import("./src/core/numbers.js");
        console.log(JSON.stringify([1, 0.9996, 0.5, 0.0004, 0, NaN].map((share) => percent(share))));
        """
    )
    assert shown == ["100 %", "99.9 %", "50 %", "< 1 %", "0 %", "–"]


@pytest.mark.parametrize(
    ("values", "bounds", "ticks"),
    [
        ([14.5, 23.9], [-1000, 1000], [10, 15, 20, 25]),
        ([3, 97], [0, 100], [0, 50, 100]),
        ([99, 99.5], [0, 100], [99, 99.5]),
        ([-8.4, 8.7], [-1000, 1000], [-10, -5, 0, 5, 10]),
    ],
)
def test_given_values_then_the_axis_has_round_ticks_around_them(
    values: list[float], bounds: list[float], ticks: list[float]
) -> None:
    shown = _node(
        f"""
        const {{ roundTicks }} = await import("./src/charts/ticks.js");
        console.log(JSON.stringify(roundTicks({values}, 4, {bounds})));
        """
    )
    assert shown[0] == pytest.approx(ticks[0])
    assert shown[-1] == pytest.approx(ticks[-1])
    assert shown[0] <= min(values)
    assert shown[-1] >= max(values)
