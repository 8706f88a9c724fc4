"""docs/home-assistant.md: its YAML is whole, and its templates say what the API answers."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlsplit

import pytest
import yaml
from fastapi.testclient import TestClient
from jinja2.nativetypes import NativeEnvironment

from plantcast.common.clock import KST
from tests.conftest import ROOT
from tests.support.api_data import ApiWorld, observed_day
from tests.support.forecast_examples import ORIGIN, forecast

PAGE = (ROOT / "docs/home-assistant.md").read_text("utf-8")
# All blocks are one file, as the page says.
CONFIG: dict[str, Any] = yaml.safe_load("".join(re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)))
THEIRS = {"sensor.living_room_temperature", "switch.monstera_pump"}


def entity_id(domain: str, name: str) -> str:
    """Return the id that Home Assistant makes of a name."""
    return f"{domain}.{re.sub(r'[^a-z0-9]+', '_', name.lower())}"


def templates(node: Any) -> Iterator[str]:
    if isinstance(node, Mapping):
        for value in node.values():
            yield from templates(value)
    elif isinstance(node, list):
        for value in node:
            yield from templates(value)
    elif isinstance(node, str) and ("{{" in node or "{%" in node):
        yield node


@dataclass
class Home:
    """A Home Assistant with the page's configuration: what its states are after it has asked the API."""

    client: TestClient
    now: datetime
    states: dict[str, str] = field(default_factory=dict)
    attributes: dict[str, Mapping[str, Any]] = field(default_factory=dict)

    def render(self, template: str, **variables: Any) -> Any:
        """Render as Home Assistant does: what looks like a Python value becomes one."""
        environment = NativeEnvironment()
        environment.filters |= {
            "as_datetime": datetime.fromisoformat,
            "as_local": lambda time: time.replace(tzinfo=time.tzinfo or KST).astimezone(KST),
            "float": self._float,
        }
        environment.globals |= {
            "states": lambda entity: self.states.get(entity, "unknown"),
            "state_attr": lambda entity, name: self.attributes.get(entity, {}).get(name),
            "is_state": lambda entity, state: self.states.get(entity, "unknown") == state,
            "now": lambda: self.now,
        }
        return environment.from_string(template).render(**variables)

    @staticmethod
    def _float(value: Any, default: float) -> float:
        try:
            return float(value)
        except (TypeError, ValueError):
            return default

    def ask(self) -> list[Any]:
        """Ask the API as the `rest` blocks say; return the replies."""
        replies = []
        for block in CONFIG["rest"]:
            url = urlsplit(str(self.render(block["resource_template"])))
            reply = self.client.get(f"{url.path}?{url.query}")
            replies.append(reply)
            for domain in ("binary_sensor", "sensor"):
                for entity in block.get(domain, ()):
                    self._update(entity_id(domain, entity["name"]), domain, entity, reply.json())
        return replies

    def _update(self, name: str, domain: str, entity: Mapping[str, Any], value: Any) -> None:
        self.attributes[name] = {}
        if "availability" in entity and not self.render(entity["availability"], value_json=value):
            self.states[name] = "unavailable"
            return
        found = self.render(entity["value_template"], value_json=value)
        if domain == "binary_sensor":
            assert isinstance(found, bool)
        self.states[name] = {True: "on", False: "off"}[found] if domain == "binary_sensor" else str(found)
        assert len(self.states[name]) <= 255
        if "json_attributes_path" in entity:
            part = value[entity["json_attributes_path"].removeprefix("$.")]
            self.attributes[name] = {key: part[key] for key in entity["json_attributes"]}

    def message(self, automation: Mapping[str, Any], trigger: str) -> str:
        """Return title and message of a notification, white space as one reads it."""
        (action,) = automation["actions"]
        texts = (self.render(text, trigger=SimpleNamespace(id=trigger)) for text in action["data"].values())
        return " ".join(" ".join(str(text).split()) for text in texts)


def home(watered: datetime | None, *, room: str = "22.5", source: str = "kma", hours_late: int = 0) -> Home:
    """Return a home that has asked on a morning of May, its room's temperature and its last watering set."""
    world = ApiWorld(source=source)
    world.all_well()
    world.forecasts.issue(forecast(source=source))
    world.published([observed_day(ORIGIN.date() - timedelta(days=back)) for back in range(35)])
    world.now += timedelta(hours=hours_late)
    made = Home(TestClient(world.app()), world.now)
    made.states["sensor.living_room_temperature"] = room
    if watered is not None:
        made.states["input_datetime.monstera_watered"] = f"{watered:%Y-%m-%d %H:%M:%S}"
    return made


def watered(days: float) -> datetime:
    return ORIGIN.replace(tzinfo=None) - timedelta(days=days)


TELL, PUMP = CONFIG["automation"]


def test_every_entity_that_is_read_or_switched_is_one_of_the_page() -> None:
    made = {
        entity_id(domain, entity["name"])
        for block in CONFIG["rest"]
        for domain in ("binary_sensor", "sensor")
        for entity in block.get(domain, ())
    } | {f"input_datetime.{name}" for name in CONFIG["input_datetime"]}
    used = set(
        re.findall(r"\b(?:sensor|binary_sensor|input_datetime|switch)\.monstera_\w+", json.dumps(CONFIG))
    )
    used |= set(re.findall(r"sensor\.living_room_temperature", json.dumps(CONFIG)))
    assert used <= made | THEIRS
    identities = [entity["unique_id"] for block in CONFIG["rest"] for entity in block["sensor"]]
    assert len(identities) == len(set(identities))
    assert {automation["id"] for automation in CONFIG["automation"]} == {TELL["id"], PUMP["id"]}


def test_given_water_is_due_then_it_says_so_and_the_pump_may_run() -> None:
    made = home(watered(20))
    device, advice = made.ask()
    assert (device.status_code, advice.status_code) == (200, 200), device.text + advice.text
    assert made.states["binary_sensor.monstera_needs_water"] == "on"
    assert made.states["sensor.monstera_drying"] == "100"
    assert datetime.fromisoformat(made.states["sensor.monstera_water_due"]).date() <= made.now.date()
    assert all(made.states[one["entity_id"]] == one["state"] for one in PUMP["conditions"])
    said = made.message(TELL, "water")
    assert said == f"Monstera {advice.json()['water']['text_en']}: {advice.json()['water']['reason_en']}"
    *_, noted, asked = PUMP["actions"]
    made.states["input_datetime.monstera_watered"] = made.render(noted["data"]["datetime"])
    assert set(asked["data"]["entity_id"]) <= set(made.states)
    made.ask()
    assert made.states["binary_sensor.monstera_needs_water"] == "off"


def test_given_it_was_watered_then_the_pump_stays_off() -> None:
    made = home(watered(1), room="unavailable")
    replies = made.ask()
    assert [reply.json()["stale"] for reply in replies] == [False, False]
    assert made.states["binary_sensor.monstera_needs_water"] == "off"
    assert 0 <= float(made.states["sensor.monstera_drying"]) < 100
    assert replies[1].json()["place"] == {"place": "indoor", "room_temperature": 22.0, "balcony_offset": None}
    cold = made.render(TELL["triggers"][1]["value_template"])
    assert cold is False  # a room is not cold in May
    assert "°C, at worst" in made.message(TELL, "cold")


def test_given_simulated_weather_then_it_is_labelled_and_the_pump_stays_off() -> None:
    made = home(watered(20), source="synthetic")
    made.ask()
    assert made.states["sensor.monstera_weather"] == "simulated"
    assert not all(made.states[one["entity_id"]] == one["state"] for one in PUMP["conditions"])
    assert made.message(TELL, "water").startswith("Monstera (simulated weather) ")


@pytest.mark.parametrize(("days", "hours_late"), [(2, 72), (130, 0)], ids=["stale", "refused"])
def test_given_no_answer_then_the_sensors_are_unavailable(days: float, hours_late: int) -> None:
    made = home(watered(days), hours_late=hours_late)
    made.ask()
    names = ("binary_sensor.monstera_needs_water", "sensor.monstera_advice", "sensor.monstera_tonight")
    assert {made.states[name] for name in names} == {"unavailable"}
    assert made.render(TELL["triggers"][1]["value_template"]) is False


def test_the_reply_shown_for_devices_is_as_one_is_answered() -> None:
    (call,) = re.findall(r'curl "\$API(\S+)&watered=', PAGE)
    (shown,) = re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)
    made = home(None)
    reply = made.client.get(f"{call}&watered={watered(2):%Y-%m-%dT%H:%M}")
    assert list(json.loads(shown)) == list(reply.json())
    assert len(reply.content) < 300


def test_every_template_can_be_read() -> None:
    assert len(list(templates(CONFIG))) >= 10
    for template in templates(CONFIG):
        NativeEnvironment().parse(template)
