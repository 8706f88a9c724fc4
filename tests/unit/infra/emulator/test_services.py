"""Which services a deployment on an emulator calls."""

from __future__ import annotations

from infra.emulator.services import API_HUB_URL, ASOS_URL, Services
from infra.emulator.state import REPOSITORY
from infra.stack.localize import load_template


def test_a_simulator_stands_in_for_all() -> None:
    parameters = Services.of_simulator("http://127.0.0.1:8080/1360000/AsosHourlyInfoService").parameters()
    assert parameters == {
        "AsosBaseUrl": "http://127.0.0.1:8080/1360000/AsosHourlyInfoService",
        "ShortTermBaseUrl": "http://127.0.0.1:8080/1360000/VilageFcstInfoService_2.0",
        "ApiHubBaseUrl": "http://127.0.0.1:8080",
        "ApiHubKeyParameter": "/plantcast/api-hub-key",
        "OpenMeteoBaseUrl": "http://127.0.0.1:8080",
        "OpenMeteoPreviousRunsUrl": "http://127.0.0.1:8080",
    }


def test_the_real_ones_are_those_of_the_template() -> None:
    declared = load_template(REPOSITORY / "template.yaml")["Parameters"]
    parameters = Services(ASOS_URL, API_HUB_URL).parameters()
    key = parameters.pop("ApiHubKeyParameter")
    assert key.startswith("/")
    assert parameters == {name: declared[name]["Default"] for name in parameters}
    # Without its key the API Hub is not called.
    assert "ApiHubKeyParameter" not in Services(ASOS_URL).parameters()
    assert Services.of_simulator(ASOS_URL).parameters().keys() <= declared.keys()
