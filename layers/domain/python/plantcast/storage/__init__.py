"""The only door to AWS: object store (S3), table (DynamoDB), parameters, a topic, functions, executions.

Domain code takes these as arguments; unit tests pass in-memory fakes of the protocols.
"""

from plantcast.storage.aws import AWS_CONFIG
from plantcast.storage.executions import Event, ExecutionRecords, Executions, History
from plantcast.storage.items import DynamoTable, Item, ItemTable
from plantcast.storage.objects import ObjectStore, S3ObjectStore, StoredObject
from plantcast.storage.services import Functions, Parameters, Topic

__all__ = [
    "AWS_CONFIG",
    "DynamoTable",
    "Event",
    "ExecutionRecords",
    "Executions",
    "Functions",
    "History",
    "Item",
    "ItemTable",
    "ObjectStore",
    "Parameters",
    "S3ObjectStore",
    "StoredObject",
    "Topic",
]
