"""`s3reel clean` after kill -9: exactly our orphans go, as boto3 sees it."""

from __future__ import annotations

import json
import signal
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from held_job import Job, Stage
from support.proxy import Proxy
from support.runner import Result, Runner
from support.store import Store

NOW = ("--older-than", "0")
KILLED = 128 + signal.SIGKILL
RECORDED = Stage("second part", "UploadPart", nth=2)
UNRECORDED = Stage("create", "CreateMultipartUpload", answered=True)
LEAVE_SOMETHING = [
    Stage("record answered", "PutObject", answered=True),
    Stage("record with id", "PutObject", nth=2),
    RECORDED,
    Stage("complete", "CompleteMultipartUpload"),
    Stage("complete answered", "CompleteMultipartUpload", answered=True),
]


@dataclass
class Scene:
    """A job that was killed, among uploads of somebody else."""

    job: Job
    others: list[tuple[str, str]]

    @property
    def store(self) -> Store:
        return self.job.store

    def kill_at(self, stage: Stage) -> None:
        # One part at a time: the first is stored when the second waits.
        running = self.job.stop_at(stage, "--parts-in-flight", "1")
        result, _ = self.job.send_and_wait(running, signal.SIGKILL)
        self.job.gate.set()
        assert result.code == KILLED, str(result)

    def forget_the_stranger(self) -> None:
        """Another upload to the same key, begun a moment ago, could be that of an unnamed record."""
        key, upload = self.others.pop(0)
        self.store.client.abort_multipart_upload(
            Bucket=self.store.bucket, Key=key, UploadId=upload
        )

    def clean(self, *options: str) -> Result:
        prefix = self.job.destination.removesuffix("/out.mp4")
        return self.job.s3reel.run("clean", self.store.url(prefix), *options)

    def ours(self) -> list[str]:
        """Uploads and records that are left of the job."""
        records = [k for k in self.store.keys(self.job.destination) if "/job-" in k]
        uploads = self.store.uploads(self.job.destination)
        return records + [upload for key, upload in uploads if (key, upload) not in self.others]

    def others_left(self) -> list[tuple[str, str]]:
        left = self.store.uploads(self.job.destination.removesuffix("out.mp4"))
        return [upload for upload in left if upload in self.others]


@pytest.fixture
def scene(store: Store, proxied: Runner, proxy: Proxy, clip: Callable[[str], Path]) -> Scene:
    job = Job(store, proxied, proxy, clip("noise.mp4"))
    others = []
    for key in (job.destination, job.destination + ".bak", job.destination + ".s3reel/job-1"):
        begun = store.client.create_multipart_upload(Bucket=store.bucket, Key=key)
        others.append((key, begun["UploadId"]))
    return Scene(job, others)


@pytest.mark.parametrize("stage", LEAVE_SOMETHING, ids=lambda stage: stage.name)
def test_what_a_killed_job_left_is_removed_and_nothing_else(stage: Stage, scene: Scene) -> None:
    if stage.operation == "PutObject":
        scene.forget_the_stranger()
    scene.kill_at(stage)
    published = scene.store.head(scene.job.destination) is not None
    assert scene.ours() != []
    result = scene.clean(*NOW, *(["--force"] if stage.name == "record with id" else []))
    assert result.code == 0, str(result)
    assert scene.ours() == [], str(result)
    assert scene.others_left() == scene.others, str(result)
    assert (scene.store.head(scene.job.destination) is not None) == published


def test_an_upload_that_no_record_names_is_listed_and_needs_force(scene: Scene) -> None:
    scene.forget_the_stranger()
    scene.kill_at(UNRECORDED)
    before = scene.ours()
    record, upload = before
    assert b'"upload_id": ""' in scene.store.read(record)
    result = scene.clean(*NOW)
    assert result.code == 0, str(result)
    assert upload in result.stdout and "--force" in result.stdout
    assert scene.ours() == before
    result = scene.clean(*NOW, "--force")
    assert result.code == 0, str(result)
    assert scene.ours() == []
    assert scene.others_left() == scene.others


def test_a_young_orphan_is_left_alone_and_a_dry_run_removes_nothing(scene: Scene) -> None:
    scene.kill_at(RECORDED)
    before = scene.ours()
    result = scene.clean()
    assert result.code == 0 and result.stdout.startswith("active: "), str(result)
    result = scene.clean(*NOW, "--dry-run", "--json")
    (found,) = [json.loads(line) for line in result.stdout.splitlines()]
    assert found["fate"] == "removed" and found["bytes"] > 0
    assert found["destination"] == scene.store.url(scene.job.destination)
    assert "1 would be removed" in result.stderr and "not touched: 3" in result.stderr
    assert scene.ours() == before


def test_a_job_at_work_loses_nothing(scene: Scene) -> None:
    """Its record is young, and what it publishes is whole."""
    running = scene.job.stop_at(RECORDED)
    assert scene.clean().stdout.startswith("active: ")
    scene.job.gate.set()
    result = scene.job.s3reel.check(running.wait(60))
    assert result.code == 0, str(result)
    assert scene.job.whole()


def test_a_prefix_that_is_none_or_a_bucket_that_is_not_there(s3reel: Runner) -> None:
    wrong = s3reel.run("clean", "videos/encoded")
    assert wrong.code == 2 and "s3://bucket/prefix" in wrong.stderr, str(wrong)
    absent = s3reel.run("clean", "s3://no-such-bucket-here/")
    assert absent.code == 4 and "NoSuchBucket" in absent.stderr, str(absent)
