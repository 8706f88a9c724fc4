"""What the stack goes through, each thing once for all tests of this folder."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass

from tests.localstack.breaking import faulty_code, misled, no_handler, throttled, too_slow
from tests.localstack.stack import CORRUPT, EMPTY, LATE, PLAIN, TRAINED, Execution, LocalStackStack

NOWHERE = "plantcast-does-not-exist"


@dataclass(frozen=True)
class Nights:
    """Four executions at once, of which each goes its own way though no function is broken."""

    trained: Execution
    mixed: Execution
    late: Execution
    rejected: Execution


def run_nights(stack: LocalStackStack) -> Nights:
    """Fill the lake and run."""
    stack.backfill(TRAINED, days=365)  # a year: enough for both targets to pass the gates of promotion
    stack.backfill(PLAIN, days=10)
    stack.backfill(LATE, days=10, until=2)
    stack.backfill(CORRUPT, days=3)
    spoil_lake(stack, CORRUPT)
    # From here on the KMA has yesterday up to 19:00 only, and takes no call for one station.
    stack.simulator.set_behaviour(
        complete_from_hour=23, hours_before=20, refused_station=EMPTY, refused_with="30"
    )
    try:
        started = (
            stack.start([TRAINED], retrain=True),
            stack.start([PLAIN, CORRUPT, EMPTY]),
            stack.start([LATE]),
            stack.start([TRAINED], wait="no"),
        )
        return Nights(*(stack.finish(arn) for arn in started))
    finally:
        stack.simulator.set_behaviour(complete_from_hour=0, refused_with=None)
        assert stack.invoke("ingest", {"station": CORRUPT, "rebuild": True})["status"] == "complete"


def spoil_lake(stack: LocalStackStack, station: str) -> None:
    """Overwrite a station's observations by what is no Parquet."""
    s3, bucket = stack.client("s3"), stack.outputs.data_bucket
    found = s3.list_objects_v2(Bucket=bucket, Prefix=f"observations/station={station}/")["Contents"]
    for entry in found:
        s3.put_object(Bucket=bucket, Key=entry["Key"], Body=b"no observations")


@dataclass(frozen=True)
class Failures:
    """Executions that met broken functions, and the models in production before and after."""

    ingest_and_train: Execution
    prepare: Execution
    evaluate: Execution
    predict: Execution
    monitor: Execution
    prepare_and_recording: Execution
    pointers_before: Mapping[str, bytes]
    pointers_after: Mapping[str, bytes]


def run_into_failures(stack: LocalStackStack) -> Failures:
    """Break functions and run, one combination after the other; whole again at the end."""
    before = stack.pointers(TRAINED)
    with no_handler(stack, "ingest"), too_slow(stack, "train"):
        first = stack.start([TRAINED], retrain=True)
        stack.past(first, "Prepare")
        with no_handler(stack, "prepare"):
            prepare = stack.finish(stack.start([PLAIN]))
        ingest_and_train = stack.finish(first)
    with faulty_code(stack, "evaluate"):
        evaluate = stack.finish(stack.start([TRAINED], retrain=True))
    with throttled(stack, "predict"):
        predict = stack.finish(stack.start([TRAINED, PLAIN]))
    with misled(stack, "monitor", DATA_BUCKET=NOWHERE):
        monitor = stack.finish(stack.start([PLAIN]))
    with ExitStack() as broken:
        broken.enter_context(no_handler(stack, "prepare"))
        broken.enter_context(misled(stack, "monitor", TABLE_NAME=NOWHERE))
        prepare_and_recording = stack.finish(stack.start([PLAIN]))
    return Failures(
        ingest_and_train=ingest_and_train,
        prepare=prepare,
        evaluate=evaluate,
        predict=predict,
        monitor=monitor,
        prepare_and_recording=prepare_and_recording,
        pointers_before=before,
        pointers_after=stack.pointers(TRAINED),
    )
