"""A real S3 store for the tests, looked at through boto3.

The project's own Ceph RGW, started for this run and ended with it; or an external store, when both
AWS_ENDPOINT_URL_S3 and S3REEL_TEST_BUCKET are set (`tools/rgw run` sets them too). Either way the
tests work below a random prefix, which is emptied afterwards.
"""

from __future__ import annotations

import itertools
import os
import secrets
import shutil
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

from . import paths

sys.path.insert(0, str(paths.REPO / "tools" / "lib"))
import ceph_cluster  # noqa: E402
import clean_env  # noqa: E402
import private_ca  # noqa: E402


@dataclass
class Store:
    endpoint: str
    access_key: str
    secret_key: str
    region: str
    bucket: str
    session_token: str = ""
    https_endpoint: str = ""  # empty: this store is not reachable over https with a CA of ours
    ca_file: str = ""
    prefix: str = field(default_factory=lambda: f"e2e-{secrets.token_hex(6)}")
    client: Any = None
    _numbers: Iterator[int] = field(default_factory=itertools.count)

    def __post_init__(self) -> None:
        self.client = boto3.client(
            "s3",
            endpoint_url=self.endpoint,
            aws_access_key_id=self.access_key,
            aws_secret_access_key=self.secret_key,
            aws_session_token=self.session_token or None,
            region_name=self.region,
            config=Config(
                signature_version="s3v4",
                s3={"addressing_style": "path"},
                request_checksum_calculation="when_required",
                response_checksum_validation="when_required",
                retries={"max_attempts": 3},
            ),
        )

    @property
    def tunnelled_endpoint(self) -> str:
        """The https endpoint at an address that only a Tunnel leads to."""
        return f"https://{private_ca.BEHIND_A_PROXY}:{urlsplit(self.https_endpoint).port}"

    def key(self, name: str) -> str:
        """A key nobody else uses, ending in `name`."""
        return f"{self.prefix}/{next(self._numbers)}/{name}"

    def url(self, key: str) -> str:
        return f"s3://{self.bucket}/{key}"

    def put(self, path: Path, key: str = "") -> str:
        key = key or self.key(path.name)
        self.client.upload_file(str(path), self.bucket, key)
        return key

    def put_bytes(self, data: bytes, key: str) -> str:
        self.client.put_object(Bucket=self.bucket, Key=key, Body=data)
        return key

    def fetch(self, key: str, path: Path) -> Path:
        self.client.download_file(self.bucket, key, str(path))
        return path

    def read(self, key: str) -> bytes:
        return self.client.get_object(Bucket=self.bucket, Key=key)["Body"].read()

    def head(self, key: str) -> dict[str, Any] | None:
        try:
            return self.client.head_object(Bucket=self.bucket, Key=key)
        except ClientError as error:
            if error.response["ResponseMetadata"]["HTTPStatusCode"] == 404:
                return None
            raise

    def keys(self, prefix: str) -> list[str]:
        pages = self.client.get_paginator("list_objects_v2").paginate(
            Bucket=self.bucket, Prefix=prefix
        )
        return [entry["Key"] for page in pages for entry in page.get("Contents", [])]

    def uploads(self, prefix: str) -> list[tuple[str, str]]:
        """Unfinished multipart uploads: key and upload id."""
        pages = self.client.get_paginator("list_multipart_uploads").paginate(
            Bucket=self.bucket, Prefix=prefix
        )
        return [(u["Key"], u["UploadId"]) for page in pages for u in page.get("Uploads", [])]

    def left_behind(self, destination: str) -> list[str]:
        """Everything at and around a destination that a failed job must not leave."""
        found = [f"object {key}" for key in self.keys(destination)]
        return found + [f"upload {upload} of {key}" for key, upload in self.uploads(destination)]

    def environment(self) -> dict[str, str]:
        """What s3reel needs to reach this store."""
        settings = {
            "AWS_ENDPOINT_URL_S3": self.endpoint,
            "AWS_ACCESS_KEY_ID": self.access_key,
            "AWS_SECRET_ACCESS_KEY": self.secret_key,
            "AWS_REGION": self.region,
        }
        if self.session_token:
            settings["AWS_SESSION_TOKEN"] = self.session_token
        return settings

    def empty(self, prefix: str = "") -> None:
        """Removes all that is below a prefix; without one, all that this run has put."""
        prefix = prefix or self.prefix
        for key, upload in self.uploads(prefix):
            self.client.abort_multipart_upload(Bucket=self.bucket, Key=key, UploadId=upload)
        for key in self.keys(prefix):
            self.client.delete_object(Bucket=self.bucket, Key=key)


def _store(settings: Mapping[str, str]) -> Store:
    return Store(
        endpoint=settings["AWS_ENDPOINT_URL_S3"],
        access_key=settings["AWS_ACCESS_KEY_ID"],
        secret_key=settings["AWS_SECRET_ACCESS_KEY"],
        session_token=settings.get("AWS_SESSION_TOKEN", ""),
        region=settings.get("AWS_REGION") or settings.get("AWS_DEFAULT_REGION") or "us-east-1",
        bucket=settings["S3REEL_TEST_BUCKET"],
        https_endpoint=settings.get("S3REEL_TEST_HTTPS_ENDPOINT", ""),
        ca_file=settings.get("S3REEL_TEST_CA", ""),
    )


@contextmanager
def serving() -> Iterator[Store]:
    """The store of this test run. Takes the caller's AWS settings out of the environment."""
    caller = dict(os.environ)
    for name in clean_env.foreign_names():
        del os.environ[name]
    os.environ.update(clean_env.clean())
    if clean_env.wants_external_store(caller):
        store = _store(caller)
        try:
            yield store
        finally:
            store.empty()
        return
    folder = paths.REPO / "build" / "rgw" / f"e2e-{os.getpid()}"
    cluster = ceph_cluster.Cluster(folder, tls=True, tied_to_parent=True)
    try:
        cluster.start()
        yield _store(cluster.settings())
        shutil.rmtree(folder, ignore_errors=True)  # kept, with its logs, when a start failed
    finally:
        cluster.stop()
