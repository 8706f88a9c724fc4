"""Access to AWS: object store (S3), table (DynamoDB), parameters, a topic, functions.

Domain code takes these as arguments; unit tests pass in-memory fakes of the protocols.
"""

from boto3.dynamodb.conditions import Attr

from plantcast.aws.client import AWS_CONFIG
from plantcast.aws.dynamodb import DynamoTable, Item, ItemTable
from plantcast.aws.s3 import ObjectStore, S3ObjectStore, StoredObject
from plantcast.aws.services import Functions, Parameters, Topic

__all__ = [
    "AWS_CONFIG",
    "Attr",
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
