"""The dashboard's modules without a page, run by Node: texts and rounding."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

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


def test_given_both_languages_then_they_have_the_same_texts() -> None:
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
        (30.0, 0, 30, "30"),
        (-4.04, 1, 30, "−4.0"),
        (-0.04, 1, 30, "0.0"),
        (99.96, 0, 100, "99.96"),  # a share is 100 % only when it is
        (0.04, 0, 0, "0.04"),
    ]
    shown = _node(
        f"""
        const {{ roundedHonestly }} = await import("./src/core/numbers.js");
        const shown = ([value, places, limit]) => roundedHonestly(value, places, [limit]);
        console.log(JSON.stringify({json.dumps(cases)}.map(shown)));
        """
    )
    assert shown == [text for *_, text in cases]
