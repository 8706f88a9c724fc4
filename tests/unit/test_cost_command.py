"""`plantcast cost`: what it prints, and what it refuses."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from infra.local.cli import app
from infra.local.console import out

runner = CliRunner()


@pytest.fixture(autouse=True)
def _wide_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no table break its words."""
    monkeypatch.setattr(out, "_width", 200)


def cost(*options: str) -> tuple[int, str, str]:
    done = runner.invoke(app, ["cost", *options])
    return done.exit_code, done.stdout, done.stderr


def bill(*options: str) -> dict[str, float]:
    code, printed, err = cost("--stations", "1", "--json", *options)
    assert code == 0, err
    (month,) = json.loads(printed)["months"]
    return {line["price"]: line["list_usd"] for line in month["lines"]} | {"sum": month["list_usd"]}


def test_without_options_it_shows_one_ten_and_a_hundred_stations() -> None:
    code, printed, err = cost()
    assert code == 0
    assert "1 station," in printed.replace("\n", " ")
    assert "100 stations" in printed
    assert "Step Functions" in printed
    assert "always-free" in err + printed


def test_with_a_number_it_shows_every_line() -> None:
    code, printed, _ = cost("--stations", "97")
    assert code == 0
    assert "state transitions" in printed


def test_json_says_what_it_rests_on() -> None:
    code, printed, _ = cost("--json")
    whole = json.loads(printed)
    assert code == 0
    assert [month["stations"] for month in whole["months"]] == [1, 10, 100]
    assert whole["region"] == "ap-northeast-2"
    assert whole["prices_as_of"] == "2026-10-01"
    assert whole["assumptions"]["page_views_a_day"] == 50
    for month in whole["months"]:
        assert month["usd"] == pytest.approx(sum(line["usd"] for line in month["lines"]))
        assert all(line["quantity"] >= 0 for line in month["lines"])


@pytest.mark.parametrize("stations", ["0", "-1", "1000000000"])
def test_a_number_of_stations_that_cannot_be_is_refused(stations: str) -> None:
    code, _, err = cost("--stations", stations)
    assert code != 0
    assert f"--stations={stations}" in err
    assert "97" in err


def test_page_views_cost_requests_and_none_cost_none() -> None:
    assert bill("--page-views", "0")["apigateway_request"] == 0
    assert bill("--page-views", "1000")["apigateway_request"] == pytest.approx(30 * 1000 * 5 * 3.5e-6)
    code, _, err = cost("--page-views", "-1")
    assert code != 0
    assert "--page-views=-1" in err


def test_a_file_replaces_prices(tmp_path: Path) -> None:
    file = tmp_path / "prices.json"
    before = bill()
    file.write_text(json.dumps({"s3_gb_month": 0.25}))
    after = bill("--prices", str(file))
    assert after["s3_gb_month"] == pytest.approx(10 * before["s3_gb_month"])
    assert after["states_transition"] == before["states_transition"]
    file.write_text(json.dumps({"prices": {"states_transition": {"always_free": 0}}}))
    assert bill("--prices", str(file)) == before


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ('{"s3_gb_moth": 0.02}', "s3_gb_moth"),
        ('{"s3_gb_month": -1}', "s3_gb_month"),
        ('{"s3_gb_month": "dear"}', "s3_gb_month"),
        ('{"s3_gb_month": NaN}', "s3_gb_month"),
        ('{"s3_gb_month": {"tiers": []}}', "s3_gb_month"),
        ('{"s3_gb_month": {"tiers": [{"up_to": 5, "usd": 1}]}}', "s3_gb_month"),
        ('{"s3_gb_month": {"colour": "red"}}', "colour"),
        ("[1]", "no object"),
        ("prices", "no JSON"),
    ],
)
def test_a_file_of_no_prices_is_refused_by_name(tmp_path: Path, content: str, said: str) -> None:
    file = tmp_path / "prices.json"
    file.write_text(content)
    code, _, err = cost("--prices", str(file))
    assert code != 0
    assert said in err


def test_a_file_that_is_not_there_is_named() -> None:
    code, _, err = cost("--prices", "/nowhere/prices.json")
    assert code != 0
    assert "/nowhere/prices.json" in err
