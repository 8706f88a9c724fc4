"""The only door to AWS: an S3 bucket as an object store, a DynamoDB table, parameters, a topic, functions.

Domain code takes these as arguments; unit tests pass in-memory fakes of the protocols.
"""

from plantcast.storage.aws import AWS_CONFIG
from plantcast.storage.items import DynamoTable, Item, ItemTable
from plantcast.storage.objects import ObjectStore, S3ObjectStore, StoredObject
from plantcast.storage.services import Functions, Parameters, Topic

__all__ = [
    "AWS_CONFIG",
    "DynamoTable",
    "Functions",
    "Item",
    "ItemTable",
    "ObjectStore",
    "Parameters",
    "S3ObjectStore",
    "StoredObject",
    "Topic",
]
