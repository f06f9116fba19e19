"""A node's credentials at the store, against an S3 that enforces policies.

moto holds to actions and resources, but not in everything as AWS does: that a missing object is
404 for who may list and 403 for who may not is not in it, and of a request that deletes several
objects it asks about the bucket alone. So the end of a large upload is tried in its parts here.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

import boto3
import httpx
import obstore
import pytest
from botocore.exceptions import ClientError
from obstore.exceptions import BaseError

from tasks.domain.errors import StoreUnavailable
from tasks.store.artifacts import Artifacts
from tasks.store.objects import open_store
from tests.services.s3 import S3Server
from tests.tasks.domain.plans import simple_plan
from web.workers.store_policy import policy


@pytest.fixture
def as_node(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The URL of a bucket; from here on, who asks has a node's credentials."""
    with S3Server(tmp_path) as server:
        url = server.bucket()
        for name, value in server.environment.items():
            monkeypatch.setenv(name, value)
        plan = simple_plan()
        Artifacts(url).put_plan(plan)
        iam = boto3.client("iam", endpoint_url=server.endpoint, region_name="us-east-1")
        iam.create_user(UserName="node")
        document = json.dumps(policy(url))
        iam.put_user_policy(UserName="node", PolicyName="node", PolicyDocument=document)
        key = iam.create_access_key(UserName="node")["AccessKey"]
        iam.close()
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", key["AccessKeyId"])
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", key["SecretAccessKey"])
        httpx.post(f"{server.endpoint}/moto-api/reset-auth", content=b"0").raise_for_status()
        yield url


def test_a_node_reads_and_adds(as_node: str) -> None:
    store = Artifacts(as_node)
    plan = simple_plan()
    assert store.plan(plan.job_id, plan.revision) == plan
    small = store.put_bytes(b"made here", "text/plain")
    assert b"".join(store.read(small)) == b"made here"
    whole = os.urandom(9_000_000)
    obstore.put(open_store(as_node), "tmp/upload", whole)
    obstore.copy(open_store(as_node), "tmp/upload", "blobs/ab/large")
    _delete(as_node, "tmp/upload")
    store.record(plan.job_id, plan.revision, "script", "key")


def test_a_node_ends_nothing_and_stays_in_its_folders(as_node: str) -> None:
    store = Artifacts(as_node)
    blob = store.put_bytes(b"made here", "text/plain")
    with pytest.raises(StoreUnavailable):
        store.remove(blob.path)
    with pytest.raises(ClientError, match="Access Denied"):
        _delete(as_node, blob.path)
    with pytest.raises(BaseError):
        obstore.put(open_store(as_node), "elsewhere/file", b"data")
    with pytest.raises(BaseError):
        obstore.get(open_store(as_node), "elsewhere/file")
    assert b"".join(store.read(blob)) == b"made here"


def _delete(url: str, key: str) -> None:
    """One object, by a request of its own."""
    endpoint = os.environ["AWS_ENDPOINT_URL"]
    client = boto3.Session().client("s3", endpoint_url=endpoint, region_name="us-east-1")
    client.delete_object(Bucket=url.removeprefix("s3://"), Key=key)
    client.close()
