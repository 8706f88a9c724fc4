"""How much of each priced thing a month of the stack uses, for so many stations."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from infra.operations.cost.assumptions import DAYS, Assumptions
from infra.operations.cost.custom_metrics import CUSTOM_METRICS
from infra.operations.cost.durations import again_seconds, seconds, start_seconds
from infra.operations.cost.measurements import FUNCTION_OF, Measurements, Use
from infra.operations.cost.stack_facts import StackFacts
from infra.operations.cost.storage import stored_gb, table_gb
from infra.operations.cost.transitions import concurrency, definition, of_a_night

GB: Final = 1024**3
TARGETS: Final = 2
PAGE_REQUESTS: Final = 5  # web/src/pages/home.js
_MAP_OF: Final = {
    "ingest, a night": ("IngestStations", 1),
    "features": ("ForecastStations", 1),
    "train ta": ("ForecastStations", 1),
    "train hm": ("ForecastStations", 1),
    "evaluate ta": ("ForecastStations", 1),
    "evaluate hm": ("ForecastStations", 1),
    "predict": ("ForecastStations", 1),
}
_WRITES: Final = (
    "PutObject",
    "ListObjectsV2",
    "CreateMultipartUpload",
    "UploadPart",
    "CompleteMultipartUpload",
)


@dataclass(frozen=True)
class Invoked:
    """A use of a function in a month: how often, how often a new one, how many stations each goes through."""

    use: str
    times: int
    new: int
    stations_each: int = 1

    @property
    def works(self) -> int:
        """How often what was measured is done."""
        return self.times * self.stations_each


def quantities(
    stations: int, measured: Measurements, facts: StackFacts, assumed: Assumptions
) -> dict[str, float]:
    """Return what a month uses: a price's name → units."""
    used: defaultdict[str, float] = defaultdict(float)
    for invoked in invocations(stations, assumed):
        use = measured.uses[invoked.use]
        lambda_use(used, invoked, use, facts.memory_mb[FUNCTION_OF[invoked.use]], assumed)
        calls(used, invoked, use)
    waits = assumed.waits_a_night
    used["states_transition"] = DAYS * of_a_night(definition(), stations=stations, waits=waits)
    used["s3_gb_month"] = stored_gb(stations, measured, facts, assumed)
    used["dynamodb_gb_month"] = table_gb(stations, measured, assumed)
    used["dynamodb_pitr_gb_month"] = used["dynamodb_gb_month"] * facts.point_in_time_recovery
    views = DAYS * assumed.page_views_a_day
    used["apigateway_request"] = views * PAGE_REQUESTS
    used["s3_get"] += views * assumed.page_objects_from_website
    used["transfer_out_gb"] = views * (assumed.page_kb_from_api + assumed.page_kb_from_website) / 1024**2
    used["logs_stored_gb_month"] = used["logs_ingested_gb"] * facts.log_retention_days / DAYS
    used["custom_metric"] = len(CUSTOM_METRICS | facts.filtered_metrics) + facts.detailed_api_metrics
    used["alarm_metric"] = facts.alarm_metrics
    used["dashboard"] = facts.dashboards
    used["budget"] = facts.budgets
    # A trace for a night with all it calls, for each hour's notify, for each request.
    used["xray_trace"] = DAYS + DAYS * 24 + views * PAGE_REQUESTS
    used["sns_publish"] = used["sns_email"] = DAYS * assumed.mails_a_day
    # The queue's alarm reads a metric, not the queue: it costs nothing while it is empty.
    used["sqs_request"] = 0
    used["ecr_gb_month"] = assumed.images_kept * assumed.image_gb
    used["eventbridge_schedule"] = DAYS + DAYS * 24
    return dict(used)


def invocations(stations: int, assumed: Assumptions) -> Iterator[Invoked]:
    """Yield how often each use occurs in a month; a Map's first items meet new functions, others warm."""
    machine = definition()
    yield Invoked("prepare", DAYS, DAYS)
    looks = 1 + assumed.waits_a_night
    for use, (state, per_station) in _MAP_OF.items():
        times = stations * per_station * (looks if use.startswith("ingest") else 1)
        at_once = min(stations, concurrency(machine, state))
        # Half an hour after the last look the functions are gone.
        new = at_once * (looks if use.startswith("ingest") else 1)
        yield Invoked(use, DAYS * times, DAYS * new)
    yield Invoked("monitor", DAYS, DAYS, stations_each=stations)
    yield Invoked("notify, a night", DAYS, DAYS, stations_each=stations)
    yield Invoked("notify, an hour", DAYS * 24, DAYS * 24)
    # What was measured is a whole page view, its requests in one process; here each meets a new function.
    yield Invoked("api, a page view", DAYS * assumed.page_views_a_day, DAYS * assumed.page_views_a_day)


def lambda_use(
    used: defaultdict[str, float], invoked: Invoked, use: Use, memory_mb: int, assumed: Assumptions
) -> None:
    """Add what the invocations take of Lambda, and what they log."""
    function = FUNCTION_OF[invoked.use]
    requests = PAGE_REQUESTS if invoked.use.startswith("api") else 1
    each = seconds(use, memory_mb, assumed)
    each += (invoked.stations_each - 1) * again_seconds(use, memory_mb, assumed)
    paid = invoked.times * each + invoked.new * requests * start_seconds(function, use, memory_mb, assumed)
    used["lambda_gb_second"] += paid * memory_mb / 1024
    used["lambda_request"] += invoked.times * requests
    log_bytes = invoked.works * use.log_bytes + invoked.times * requests * assumed.lambda_log_bytes
    used["logs_ingested_gb"] += log_bytes / GB
    # The table's key and the parameters' are AWS's own; their data keys are kept for minutes.
    used["kms_request"] += invoked.times * requests


def calls(used: defaultdict[str, float], invoked: Invoked, use: Use) -> None:
    """Add what the invocations ask of S3, DynamoDB and Systems Manager."""
    writes = use.called("s3", *_WRITES)
    # Deleting costs nothing, and is counted as the cheaper kind of request here.
    used["s3_put"] += invoked.works * writes
    used["s3_get"] += invoked.works * (use.called("s3") - writes)
    used["dynamodb_wru"] += invoked.works * use.wru
    used["dynamodb_rru"] += invoked.works * use.rru
    used["ssm_standard"] += invoked.times * use.called("ssm")


def by_function(
    stations: int, measured: Measurements, facts: StackFacts, assumed: Assumptions
) -> Mapping[str, float]:
    """Return the GB-seconds of a month of each function, by its logical id."""
    sums: defaultdict[str, float] = defaultdict(float)
    for invoked in invocations(stations, assumed):
        alone: defaultdict[str, float] = defaultdict(float)
        function = FUNCTION_OF[invoked.use]
        lambda_use(alone, invoked, measured.uses[invoked.use], facts.memory_mb[function], assumed)
        sums[function] += alone["lambda_gb_second"]
    return dict(sums)
