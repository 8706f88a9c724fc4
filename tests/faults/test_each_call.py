"""Each call that a function makes to S3 or DynamoDB fails once; called again, it ends as if none had."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator

import pytest

from tests.faults.conftest import FaultyDeployment
from tests.faults.journey import LEGS, Journey
from tests.faults.proxy import READS, Call, Fault, Kind
from tests.faults.world import differences, lost

# A leg that trains does so some twenty times.
pytestmark = [pytest.mark.emulator, pytest.mark.timeout(1500)]

# All functions have the same clients of S3 and DynamoDB: that these retry is tried in one of them.
RETRYING_LEG = "ingest"
OF_OBJECTS = {"GetObject", "PutObject", "HeadObject", "ListObjectsV2", "DeleteObject"}


@pytest.fixture(scope="module")
def journey(faulty: FaultyDeployment) -> Journey:
    return Journey(faulty)


def faults(leg: str, calls: list[Call], known: set[tuple[str, str]]) -> Iterator[Fault]:
    """Yield what to try of calls of one sort (months of the lake, files of a model): refuse the first.

    A conditional write (DynamoDB) is also done and not answered. Of the puts of objects one is tried so: the
    client's repetition writes the same bytes. The function is killed once, after its last write (after
    another one it is as if the next call were refused). In one leg the client also gets an error that it
    retries, once of each service. Sorts in `known` were tried with the same function. Of the reads the last
    of each operation is refused: after another one as much is stored as when the next write is refused.
    """
    sorts = Counter(call.sort for call in calls if call.sort not in known)
    last = {sort[0]: sort for sort in sorts}
    last_write = next((sort for sort in reversed(sorts) if sort[0] not in READS), None)
    of_each_service = {operation in OF_OBJECTS: operation for operation in last}.values()
    for sort, count in sorts.items():
        operation = sort[0]
        if leg == RETRYING_LEG and sort == last[operation] and operation in of_each_service:
            yield Fault(Kind.BUSY, 0, sort)
        if sort == last_write:
            yield Fault(Kind.KILLED, count - 1, sort)
        if operation not in READS or sort == last[operation]:
            yield Fault(Kind.REFUSED, 0, sort)
        if operation not in READS and (operation != "PutObject" or sort == last[operation]):
            yield Fault(Kind.UNANSWERED, 0, sort)


@pytest.mark.parametrize("leg", [leg.name for leg in LEGS])
def test_after_any_call_failed_a_repetition_ends_as_if_none_had(
    leg: str, journey: Journey, record_property: Callable[[str, object], None]
) -> None:
    passed = journey.reach(leg)
    deployment, function = journey.deployment, passed.leg.function
    proxy, storage = deployment.proxies[function], deployment.storage
    tried, wrong = 0, []
    for fault in faults(leg, passed.calls, journey.known_sorts(leg)):
        storage.put_back(passed.before)
        proxy.arm(fault)
        spoilt = deployment.invoke(function, passed.event)
        met = proxy.spoilt
        proxy.disarm()
        operation, what = fault.sort or ("", "")
        where = f"{fault.kind.value} at call {fault.at} of {operation} {what}: "
        if not met:
            wrong.append(where + "the call was never made")
            continue
        tried += 1
        if fault.kind in {Kind.BUSY, Kind.UNANSWERED} and spoilt.error is not None:
            wrong.append(where + f"what the client can repeat ended the function: {spoilt.error}")
        if fault.kind is Kind.KILLED and spoilt.error is None:
            wrong.append(where + "the emulator did not notice the kill")
        found, published = storage.look(), deployment.messages()
        wrong += [where + f"lost: {key}" for key in lost(passed.before, found)]
        if spoilt.error is not None and found == passed.before and not published:
            continue  # it wrote and sent nothing: the repetition is the undisturbed call
        # A refusal that does not end the function (of a shadow) is made good by a repetition, too.
        if spoilt.error is not None or fault.kind is Kind.REFUSED:
            storage.outlive_claims()
            again = deployment.invoke(function, passed.event)
            if again.error is not None:
                wrong.append(where + f"then: {again.error}")
        # Published and not marked so: nobody can tell, and better twice than never.
        unmarked = operation == "PutItem" and "NOTICE#" in what
        published += deployment.messages()
        if published != passed.messages and not (unmarked and published == passed.messages + 1):
            wrong.append(where + f"{published} messages, not {passed.messages}")
        wrong += [where + entry for entry in differences(passed.after, storage.look())]
    storage.put_back(passed.after)
    record_property("faults", tried)
    assert tried > 0
    assert not wrong, "\n".join(wrong)
