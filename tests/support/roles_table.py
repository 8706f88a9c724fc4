"""What each role is for, and what it has no business with, as calls to try.

Keys are the template's logical ids without `Role`.
"""

from __future__ import annotations

from tests.support.roles_calls import (
    Call,
    become,
    change_code,
    delete,
    delete_item,
    get_item,
    get_items,
    history_of,
    invoke,
    list_bucket,
    open_bucket,
    parameter,
    publish,
    put_item,
    query,
    read,
    scan,
    start,
    update_item,
    widen,
    write,
    write_website,
)
from tests.support.roles_setup import VAPID_KEY

MONTH = "observations/station=108/year=2020/month=01/observations.parquet"
VERSION = "models/station=108/ta/versions/20200101T23-00000001/metadata.json"
POINTER = "models/station=108/ta/production.json"
COMBINATION = "models/station=108/combination.json"
DECISION = "models/station=108/ta/decisions/20200101T23-00000001.json"
FEATURES = "features/run=tried/station=108/features.parquet"
GUIDANCE = "guidance/source=kma/station=108/year=2020/month=01/guidance.parquet"
RAW = "raw/asos/station=108/2020-01-01_2020-01-02/tried-page1.json.gz"
CHUNKS = "backfill/run=tried/chunks.json"
REPORT = "quality/station=108/run=tried/report.json"
STATION, RUNS, QUOTA, PREDICT, PUSH = "STATION#108", "PIPELINE", "QUOTA", "PREDICT", "PUSH"
STEPS = "RUN#tried"
KMA_KEY, API_KEY = "/plantcast/kma-service-key", "/plantcast/api-key"

ALLOWED: dict[str, tuple[Call, ...]] = {
    "PrepareFunction": (put_item(RUNS), get_item(RUNS), query(STEPS), put_item(STEPS)),
    "IngestFunction": (
        write(RAW), read(RAW), write(MONTH), write(REPORT), list_bucket(),
        put_item(STATION), query(STATION), update_item(QUOTA), parameter(KMA_KEY), put_item(STEPS),
    ),
    "BackfillFunction": (write(CHUNKS), read(CHUNKS), read(MONTH)),
    "FeaturesFunction": (read(MONTH), write(FEATURES), put_item(STEPS)),
    "TrainFunction": (read(FEATURES), write(VERSION), put_item(STEPS)),
    "EvaluateFunction": (
        read(FEATURES), read(VERSION), write(DECISION), write(POINTER), delete(VERSION), put_item(STEPS),
    ),
    "PredictFunction": (
        read(FEATURES), read(POINTER), read(MONTH), read(GUIDANCE), write(COMBINATION), get_item(STATION),
        put_item(STATION), query(STATION), get_item(STEPS), put_item(STEPS),
    ),
    "UpdateFunction": (
        write(RAW), read(GUIDANCE), write(GUIDANCE), read(MONTH), write(MONTH), list_bucket(),
        get_item(STATION), put_item(STATION), query(STATION), parameter(KMA_KEY),
    ),
    "MonitorFunction": (read(MONTH), get_item(RUNS), put_item(RUNS), query(STATION), query(STEPS)),
    "NotifyFunction": (
        put_item(STATION), query(STATION), put_item(STEPS), publish(),
    ),
    "PushFunction": (
        query(STATION), query(PUSH), get_item(PUSH), put_item(PUSH), delete_item(PUSH), parameter(VAPID_KEY),
    ),
    "ApiFunction": (
        read(POINTER), write(POINTER), read(REPORT), get_item(PREDICT), put_item(PREDICT), query(RUNS),
        get_item(PUSH), put_item(PUSH), update_item(PUSH), delete_item(PUSH),
        get_items(STATION, RUNS), parameter(API_KEY), invoke("predict"),
    ),
    "Pipeline": (invoke("prepare"), invoke("notify"), start("pipeline"), history_of("pipeline")),
    "Backfill": (invoke("backfill"), read(CHUNKS), start("backfill"), history_of("backfill")),
    "Update": (invoke("update"), invoke("predict")),
    "PipelineNightly": (start("pipeline"),),
    "UpdateHourly": (start("update"),),
}  # fmt: skip

FORBIDDEN: dict[str, tuple[Call, ...]] = {
    "PrepareFunction": (
        put_item(STATION), get_item(QUOTA), update_item(RUNS), query(RUNS), scan(), read(MONTH),
        list_bucket(), invoke("ingest"), start("pipeline"), parameter(KMA_KEY), parameter(API_KEY),
        publish(),
    ),
    "IngestFunction": (
        write(POINTER), read(POINTER), write(VERSION), write(FEATURES), delete(MONTH), delete(RAW),
        put_item(RUNS), put_item(QUOTA), update_item(STATION), delete_item(STATION), parameter(API_KEY),
        publish(), invoke("predict"), write_website(), open_bucket(),
    ),
    "BackfillFunction": (
        write(MONTH), read(RAW), read(POINTER), delete(CHUNKS), get_item(STATION), put_item(STATION),
        invoke("ingest"), start("backfill"), parameter(KMA_KEY),
    ),
    "FeaturesFunction": (
        write(VERSION), write(POINTER), write(MONTH), read(RAW), read(VERSION), delete(FEATURES),
        get_item(STATION), put_item(STATION), invoke("train"),
    ),
    "TrainFunction": (
        read(MONTH), read(RAW), write(POINTER), write(DECISION), write(FEATURES), delete(VERSION),
        get_item(STATION), put_item(STATION), parameter(KMA_KEY), invoke("evaluate"),
    ),
    "EvaluateFunction": (
        delete(POINTER), delete(DECISION), write(VERSION), write(FEATURES), read(MONTH), delete(FEATURES),
        get_item(STATION), put_item(STATION), publish(), invoke("predict"),
    ),
    "PredictFunction": (
        delete(VERSION), delete(POINTER), write(POINTER), write(VERSION), write(MONTH), write(FEATURES),
        put_item(RUNS), put_item(PREDICT), delete_item(STATION), scan(), write(GUIDANCE), parameter(API_KEY),
        invoke("train"), publish(),
    ),
    "UpdateFunction": (
        write(POINTER), read(POINTER), write(FEATURES), write(REPORT), delete(MONTH), delete(GUIDANCE),
        get_item(RUNS), put_item(RUNS), put_item(STEPS), delete_item(STATION), scan(), parameter(API_KEY),
        read(RAW), invoke("predict"), start("update"), publish(),
    ),
    "MonitorFunction": (
        write(MONTH), read(POINTER), write(REPORT), delete(MONTH), get_item(QUOTA),
        query(RUNS), update_item(RUNS), delete_item(RUNS), publish(), invoke("notify"), start("pipeline"),
    ),
    "NotifyFunction": (
        read(MONTH), read(POINTER), list_bucket(), write(MONTH), put_item(PREDICT), put_item(QUOTA),
        query(RUNS), get_items(STATION, QUOTA), get_items(STATION, RUNS), delete_item(STATION),
        parameter(API_KEY), invoke("predict"), start("pipeline"),
    ),
    "PushFunction": (
        get_item(STATION), put_item(STATION), delete_item(STATION), update_item(PUSH), query(RUNS), scan(),
        read(MONTH), list_bucket(), parameter(API_KEY), parameter(KMA_KEY), publish(), invoke("predict"),
    ),
    "ApiFunction": (
        delete(POINTER), delete(VERSION), write(VERSION), write(DECISION), read(MONTH), read(RAW),
        query(PUSH), parameter(VAPID_KEY),
        write(REPORT), put_item(STATION), put_item(RUNS), update_item(PREDICT), delete_item(PREDICT),
        get_items(STATION, QUOTA), query(QUOTA), scan(), parameter(KMA_KEY),
        invoke("train"), invoke("ingest"), change_code("predict"), start("pipeline"), start("backfill"),
        history_of("backfill"), publish(), write_website(), open_bucket(),
    ),
    "Pipeline": (
        invoke("api"), invoke("backfill"), read(MONTH), write(POINTER), get_item(RUNS),
        start("backfill"), publish(), parameter(KMA_KEY),
    ),
    "Backfill": (
        invoke("predict"), invoke("api"), read(MONTH), read(POINTER), write(CHUNKS), delete(CHUNKS),
        start("pipeline"), get_item(STATION), parameter(KMA_KEY),
    ),
    "Update": (
        invoke("train"), invoke("api"), read(MONTH), write(POINTER), get_item(STATION), start("pipeline"),
        parameter(KMA_KEY),
    ),
    "PipelineNightly": (start("backfill"), invoke("prepare"), read(MONTH), get_item(RUNS)),
    "UpdateHourly": (start("pipeline"), invoke("update"), read(MONTH), get_item(STATION)),
}  # fmt: skip
# What would let a role become more than it is.
ESCAPES = (
    become("MonitorFunctionRole"),
    widen("PredictFunctionRole"),
    change_code("prepare"),
    write_website(),
)
