"""What the bench counts of requests, against the rules of DynamoDB's developer guide."""

from __future__ import annotations

import json
from typing import Any

import pytest

from bench.aws_calls import Calls, item_bytes, read_blocks, write_units


@pytest.mark.parametrize(
    ("item", "size"),
    [
        ({}, 0),
        ({"pk": {"S": "108"}}, 2 + 3),
        ({"도": {"S": "시"}}, 3 + 3),  # UTF-8
        ({"n": {"N": "27"}}, 1 + 1 + 1),
        ({"n": {"N": "-12345"}}, 1 + 3 + 1 + 1),
        ({"n": {"N": "0.5"}}, 1 + 1 + 1),
        ({"t": {"BOOL": True}, "u": {"NULL": True}}, 2 + 2),
        ({"l": {"L": [{"S": "ab"}, {"S": "c"}]}}, 1 + 3 + (1 + 2) + (1 + 1)),
        ({"m": {"M": {"k": {"S": "ab"}}}}, 1 + 3 + 1 + (1 + 2)),
    ],
)
def test_an_items_size_is_that_of_the_guide(item: dict[str, Any], size: int) -> None:
    assert item_bytes(item) == size


@pytest.mark.parametrize(("size", "units"), [(0, 1), (1, 1), (1024, 1), (1025, 2), (10_240, 10)])
def test_a_write_costs_a_unit_each_kib_begun(size: int, units: int) -> None:
    assert write_units(size) == units


@pytest.mark.parametrize(("size", "blocks"), [(0, 1), (4096, 1), (4097, 2)])
def test_a_read_costs_a_block_each_four_kib_begun(size: int, blocks: int) -> None:
    assert read_blocks(size) == blocks


def item(size: int) -> dict[str, Any]:
    return {"sk": {"S": "OBS#1"}, "v": {"S": "x" * (size - 8)}}


def test_calls_add_up() -> None:
    calls = Calls()
    put = {"body": json.dumps({"Item": item(1500)}).encode()}
    calls.note("dynamodb", "PutItem", put, {})
    calls.note("dynamodb", "GetItem", {"body": b'{"ConsistentRead": true}'}, {"Item": item(5000)})
    calls.note("dynamodb", "Query", {"body": b"{}"}, {"Items": [item(3000), item(3000)]})
    calls.note("s3", "PutObject", {"url": "http://emulator/bucket/raw/asos/a.gz"}, {}, sent_bytes=5)
    calls.note("s3", "GetObject", {}, {"ContentLength": 7})
    said = calls.to_json()
    assert (said["dynamodb_wru"], said["dynamodb_rru"]) == (2, 2 + 0.5 * 2)
    assert said["dynamodb_put_bytes"] == {"OBS": 1500}
    assert (said["s3_put_bytes"], said["s3_received_bytes"]) == ({"raw": 5}, 7)
    assert said["calls"]["dynamodb:Query"] == 1


def test_an_operation_nobody_priced_is_refused() -> None:
    with pytest.raises(ValueError, match="TransactWriteItems"):
        Calls().note("dynamodb", "TransactWriteItems", {"body": b"{}"}, {})
