"""What each function takes: PYTHONPATH=layers/domain/python:functions/api:. python -m bench.function_memory.

Fills a lake with ten years of Seoul, replayed from PLANTCAST_SHARED (default ../shared; synthetic weather
where that is absent, and said so), then takes two nights through every function of the pipeline, each
invocation a fresh process on the emulator, and page views through the API. Writes the figures to
infra/operations/cost/measurements.json: of each use the highest peak and the lowest CPU time (the work is the
same each night, the machine is not). Options: `--threads` trains once more with two threads, `--dry` prints.
"""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any, Final

from bench.measuring import ROOT, in_a_process
from bench.servers import Servers, running_servers
from infra.local.cloud import API_KEY_PARAMETER, local_session
from infra.local.sources import ObservationPlan
from plantcast.backfills import chunks_of
from plantcast.clock import KST
from plantcast.storage import DynamoTable, S3ObjectStore

COMMAND: Final = "PYTHONPATH=layers/domain/python:functions/api:. python -m bench.function_memory"
RESULT: Final = ROOT / "infra/operations/cost/measurements.json"
STATION: Final = "108"
NIGHTS: Final = (date(2022, 11, 29), date(2022, 11, 30))
FIRST_DAY: Final = date(2013, 1, 1)
TARGETS: Final = ("ta", "hm")
# What the dashboard's first page asks for (web/src/pages/home.js).
PAGE: Final[tuple[tuple[str, dict[str, str]], ...]] = (
    ("/api/forecast", {"station": STATION}),
    ("/api/plants/default/advice", {"station": STATION}),
    ("/api/plants", {}),
    ("/api/observations", {"station": STATION}),
    ("/api/alerts", {"station": STATION}),
)
Measured = dict[str, Any]


class Stack:
    """A bucket, a table, a topic, and the functions on them."""

    def __init__(self, servers: Servers, source: str) -> None:
        self.store: S3ObjectStore = servers.store("measured")
        self.table: DynamoTable = servers.table("measured")
        make: Any = local_session().client
        self.s3 = make("s3", endpoint_url=servers.aws_url)
        topic = make("sns", endpoint_url=servers.aws_url).create_topic(Name="measured")["TopicArn"]
        self._environment = dict(os.environ) | servers.function_environment("measured", "measured", source)  # type: ignore[arg-type]
        self._environment |= {
            "POWERTOOLS_LOG_LEVEL": "INFO",
            "POWERTOOLS_METRICS_NAMESPACE": "Plantcast",
            "POWERTOOLS_TRACE_DISABLED": "true",
            "PYTHONPATH": os.pathsep.join(
                str(ROOT / part) for part in ("layers/domain/python", "functions/api", "")
            ),
            "STATIONS": STATION,
            "HISTORY_DAYS": "3653",
            "FRESHNESS_MAX_CHECKS": "18",
            "FRESHNESS_WAIT_SECONDS": "1800",
            "ALERT_TOPIC_ARN": topic,
            "NOTIFY_PROFILES": "default",
            "QUIET_HOURS": "22:00-07:00",
            "API_KEY_PARAMETER": API_KEY_PARAMETER,
            "PREDICT_FUNCTION_NAME": "predict",
            "STATE_MACHINE_ARN": "arn:aws:states:ap-northeast-2:000000000000:stateMachine:measured",
        }
        self.measured: defaultdict[str, list[Measured]] = defaultdict(list)

    def invoke(
        self, use: str, function: str, *events: dict[str, Any], now: datetime, threads: int = 0
    ) -> list[Any]:
        """Invoke a fresh function with the events at `now`, keep what was measured, return the facts."""
        offset = round((now - datetime.now(UTC)).total_seconds())
        environment = self._environment | {
            "POWERTOOLS_SERVICE_NAME": function,
            "CLOCK_OFFSET_SECONDS": str(offset),
            "TRAIN_THREADS": str(threads),
        }
        said = [json.dumps(event) for event in events]
        done: Measured = in_a_process("bench.one_function", function, *said, environment=environment)
        facts = [one.pop("facts") for one in done["events"]]
        self.measured[use].append(done)
        first, last = done["events"][0], done["events"][-1]
        cpu = ", ".join(f"{one['cpu']:.2f}" for one in done["events"])
        print(
            f"  {use:24} peak {last['peak_mb']:5.0f} MB, CPU {done['imported']['cpu']:4.1f} s to start, "
            f"then {cpu} s; {first['calls']}",
            flush=True,
        )
        return facts

    def stored(self) -> dict[str, int]:
        """Return the bytes of the current objects by the first folder of their keys."""
        sizes: defaultdict[str, int] = defaultdict(int)
        for page in self.s3.get_paginator("list_objects_v2").paginate(Bucket="measured"):
            for found in page.get("Contents", ()):
                sizes[found["Key"].split("/")[0]] += found["Size"]
        return dict(sorted(sizes.items()))

    def night(self, number: int, day: date, targets: Sequence[str]) -> None:
        """Take a night through the pipeline as infra/pipeline.asl.json does, then monitor a year later."""
        run_id = f"night-{number}"
        now = datetime.combine(day, time(2, 3), KST)
        started_at = (datetime.now(UTC)).strftime("%Y-%m-%dT%H:%M:%S.000Z")
        start = {"run_id": run_id, "started_at": started_at}
        self.invoke("prepare", "prepare", {**start, "input": {"as_of": f"{day}"}}, now=now)
        of = {"run_id": run_id, "station": STATION}
        (ingested,) = self.invoke("ingest, a night", "ingest", {**of, "as_of": f"{day}"}, now=now)
        (features,) = self.invoke("features", "features", {**of, "as_of": f"{day}"}, now=now)
        common = of | {name: features[name] for name in ("features_key", "origin")}
        models = []
        for target in targets:
            (trained,) = self.invoke(f"train {target}", "train", {**common, "target": target}, now=now)
            asked = {**common, "target": target, "version": trained["version"]}
            models += self.invoke(f"evaluate {target}", "evaluate", asked, now=now)
        (forecast,) = self.invoke("predict", "predict", {**common, "degraded_reasons": []}, now=now)
        kept = ("station", "target", "version", "promoted", "reason_ko", "reason_en")
        outcome = {
            "station": STATION,
            "status": "forecast",
            "ingest": ingested,
            "features": features,
            "models": [{name: one[name] for name in kept} for one in models],
            "forecast": forecast,
        }
        finish = {**start, "event": "finish", "as_of": f"{day}", "stations": [outcome]}
        (closed, *_) = self.invoke("monitor", "monitor", finish, finish, now=now)
        if number == len(NIGHTS):
            self.a_year_verified()
            self.invoke("monitor", "monitor", finish, finish, now=now)
        told = {name: closed[name] for name in ("run_id", "outcome", "message_ko", "message_en")}
        told["stations"] = [STATION]
        self.invoke("notify, a night", "notify", told, told, now=now)

    def a_year_verified(self) -> None:
        """Copy the newest verified day to each day of the year before: the track record of a year."""
        found = self.table.query(f"STATION#{STATION}", sk_prefix="VERIFY#")
        newest = found[-1]
        last = date.fromisoformat(newest["sk"].removeprefix("VERIFY#"))
        for back in range(len(found), 365):
            day = last - timedelta(days=back)
            self.table.put({**newest, "sk": f"VERIFY#{day}"} | ({"day": f"{day}"} if "day" in newest else {}))

    def page_view(self, now: datetime) -> None:
        """Ask the API what the dashboard's first page asks."""
        events = [_request(path, asked) for path, asked in PAGE * 2]
        for event, reply in zip(
            events, self.invoke("api, a page view", "api", *events, now=now), strict=True
        ):
            if reply["statusCode"] != 200:
                raise SystemExit(f"{event['path']} was answered {reply['statusCode']}: {reply['body']}")


def _request(path: str, asked: dict[str, str]) -> dict[str, Any]:
    """Return API Gateway's event of a GET."""
    return {
        "resource": "/{proxy+}",
        "path": path,
        "httpMethod": "GET",
        "headers": {"Host": "api", "Accept": "application/json", "Accept-Encoding": "gzip"},
        "multiValueHeaders": {"Host": ["api"], "Accept": ["application/json"], "Accept-Encoding": ["gzip"]},
        "queryStringParameters": asked or None,
        "multiValueQueryStringParameters": {name: [value] for name, value in asked.items()} or None,
        "pathParameters": {"proxy": path.lstrip("/")},
        "stageVariables": None,
        "requestContext": {
            "resourcePath": "/{proxy+}",
            "httpMethod": "GET",
            "path": f"/prod{path}",
            "stage": "prod",
            "requestId": "00000000-0000-0000-0000-000000000000",
            "identity": {"sourceIp": "127.0.0.1"},
        },
        "body": None,
        "isBase64Encoded": False,
    }


def replay() -> tuple[ObservationPlan | None, str]:
    """Return what the simulator replays (None: synthetic weather), and its name in the result."""
    shared = Path(os.environ.get("PLANTCAST_SHARED", ROOT.parent / "shared"))
    path = shared / "data/asos_108_2013_2022.parquet"
    at = datetime.combine(NIGHTS[-1], time(2), KST) + timedelta(hours=1)
    offset = round((at - datetime.now(UTC)).total_seconds())
    if not path.is_file():
        plan = ObservationPlan(source="synthetic", stations=(STATION,), clock_offset_seconds=offset)
        return plan, "synthetic weather of ten years"
    plan = ObservationPlan(
        source="replay", stations=(STATION,), replay=(str(path),), clock_offset_seconds=offset
    )
    return plan, "Seoul's observations of January 2013 to November 2022"


def main(*options: str) -> None:
    """Measure everything; write or print it."""
    plan, observations = replay()
    assert plan is not None
    with running_servers(plan) as servers:
        stack = Stack(servers, plan.source)
        at = datetime.combine(NIGHTS[0], time(1), KST)
        chunks = [chunk.event() for chunk in chunks_of([STATION], FIRST_DAY, NIGHTS[0] - timedelta(days=2))]
        for chunk in chunks:
            stack.invoke("ingest, a backfilled chunk", "ingest", chunk, now=at)
        lake = stack.stored()
        for number, night in enumerate(NIGHTS, start=1):
            # The first night makes a champion of what takes the longest; the last is a night as it is.
            stack.night(number, night, TARGETS if number == len(NIGHTS) else TARGETS[:1])
        morning = datetime.combine(NIGHTS[-1], time(7), KST)
        hourly = {"detail-type": "Scheduled Event", "source": "aws.events", "detail": {}}
        stack.invoke("notify, an hour", "notify", hourly, hourly, now=morning)
        stack.page_view(morning)
        stack.page_view(morning)
        backfill = {
            "event": "plan",
            "run_id": "backfill-1",
            "started_at": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z"),
            "input": {"start": "2012-11-30"},
        }
        (planned,) = stack.invoke("backfill, plan of 97", "backfill", backfill, now=morning)
        report = {
            "event": "report",
            "run_id": "backfill-1",
            **{name: planned[name] for name in ("start", "end", "stations")},
        }
        stack.invoke("backfill, report of 97", "backfill", report, now=morning)
        result = {
            "measured_at": f"{datetime.now(UTC):%Y-%m-%d}",
            "commit": _output("git", "rev-parse", "--short", "HEAD"),
            "command": COMMAND,
            "machine": f"{platform.machine()}, Python {platform.python_version()}, {_processor()}",
            "observations": observations,
            "lake_bytes": lake,
            "bucket_bytes": stack.stored(),
            "uses": {use: _summary(runs) for use, runs in stack.measured.items()},
        }
        _keep(result, options)
        if "--threads" in options:
            result["train_threads"] = _two_threads(stack)
            _keep(result, options)


def _keep(result: dict[str, Any], options: Sequence[str]) -> None:
    text = json.dumps(result, indent=2, ensure_ascii=False) + "\n"
    if "--dry" in options:
        print(text)
    else:
        RESULT.write_text(text, "utf-8")


def _two_threads(stack: Stack) -> dict[str, Any]:
    """Train the last night's first target with two threads of LightGBM; return it beside that with one."""
    day = NIGHTS[-1]
    event = {
        "run_id": "again",
        "station": STATION,
        "target": TARGETS[0],
        "features_key": f"features/run=night-{len(NIGHTS)}/station={STATION}/features.parquet",
        "origin": f"{day - timedelta(days=1)}T23:00+09:00",
    }
    stack.invoke("train, 2 threads", "train", event, now=datetime.combine(day, time(2, 3), KST), threads=2)
    runs = [stack.measured[use][-1]["events"][0] for use in (f"train {TARGETS[0]}", "train, 2 threads")]
    return {
        "threads": [1, 2],
        "cpu_s": [round(run["cpu"], 1) for run in runs],
        "wall_s": [round(run["wall"], 1) for run in runs],
        "peak_mb": [round(run["peak_mb"]) for run in runs],
    }


def _summary(runs: Sequence[Measured]) -> dict[str, Any]:
    """Return one use's figures: the lowest CPU and the highest peak of the runs, the rest of the last run."""
    last = runs[-1]["events"]
    calls: defaultdict[str, int] = defaultdict(int)
    puts: defaultdict[str, int] = defaultdict(int)
    items: defaultdict[str, int] = defaultdict(int)
    # A page view is several requests: its first five events; elsewhere the first event is the invocation.
    whole = last[: len(PAGE)] if len(last) == 2 * len(PAGE) else last[:1]
    for event in whole:
        for name, count in event["calls"].items():
            calls[name] += count
        for name, size in event["s3_put_bytes"].items():
            puts[name] += size
        for name, size in event["dynamodb_put_bytes"].items():
            items[name] += size
    count = len(whole)
    warm = last[count:]
    return {
        "runs": len(runs),
        "start_cpu_s": round(min(run["imported"]["cpu"] for run in runs), 3),
        "start_mb": round(max(run["imported"]["peak_mb"] for run in runs)),
        "peak_mb": round(max(run["events"][-1]["peak_mb"] for run in runs)),
        "cpu_s": round(min(sum(event["cpu"] for event in run["events"][:count]) for run in runs), 3),
        "warm_cpu_s": round(min(sum(event["cpu"] for event in run["events"][count:]) for run in runs), 3)
        if warm
        else None,
        "log_bytes": sum(event["log_bytes"] for event in whole),
        "calls": dict(calls),
        "s3_received_bytes": sum(event["s3_received_bytes"] for event in whole),
        "s3_put_bytes": dict(puts),
        "wru": sum(event["dynamodb_wru"] for event in whole),
        "rru": sum(event["dynamodb_rru"] for event in whole),
        "item_bytes": dict(items),
    }


def _output(*command: str) -> str:
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.strip()


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.is_file() else []
    return next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), "")


if __name__ == "__main__":
    main(*sys.argv[1:])
