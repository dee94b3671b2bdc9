"""SIGTERM and kill -9 at every stage of publishing."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from held_job import JOB, Job, Stage
from support.faults import AnswerWith, LoseAnswer, Refuse, error_body
from support.proxy import Proxy, Rule
from support.runner import Runner
from support.store import Store

GRACE_S = 10.0
TERMINATED = 128 + signal.SIGTERM
KILLED = 128 + signal.SIGKILL
FIRST_PART = "partNumber=1&"  # goes up last: it holds the index


BEFORE_CREATE = [
    Stage("first-get", "GetObject"),
    Stage("first-get-answered", "GetObject", answered=True),
    Stage("second-get", "GetObject", nth=2),
    Stage("job-record", "PutObject"),
    Stage("create", "CreateMultipartUpload"),
]
BETWEEN_PARTS = [
    Stage("part", "UploadPart"),
    Stage("part-answered", "UploadPart", answered=True),
    Stage("second-part", "UploadPart", nth=2),
    Stage("second-part-answered", "UploadPart", nth=2, answered=True),
    Stage("upload-id-record", "PutObject", nth=2),
]
BEFORE_COMPLETE = [
    Stage("first-part", "UploadPart", query=FIRST_PART),
    Stage("first-part-answered", "UploadPart", query=FIRST_PART, answered=True),
    Stage("second-look", "HeadObject", nth=2),
    Stage("second-look-answered", "HeadObject", nth=2, answered=True),
    Stage("third-part-answered", "UploadPart", nth=3, answered=True),
]
STAGES = [
    *[pytest.param(stage, id=f"before-create-{stage.name}") for stage in BEFORE_CREATE],
    *[pytest.param(stage, id=f"between-parts-{stage.name}") for stage in BETWEEN_PARTS],
    *[pytest.param(stage, id=f"before-complete-{stage.name}") for stage in BEFORE_COMPLETE],
]


@pytest.fixture
def job(store: Store, proxied: Runner, proxy: Proxy, clip: Callable[[str], Path]) -> Job:
    return Job(store, proxied, proxy, clip("noise.mp4"))


@pytest.mark.parametrize("stage", STAGES)
def test_a_terminated_job_leaves_nothing(stage: Stage, job: Job) -> None:
    running = job.stop_at(stage)
    result, seconds = job.send_and_wait(running, signal.SIGTERM)
    job.gate.set()
    assert result.code == TERMINATED, str(result)
    assert seconds < GRACE_S, f"{seconds:.1f} s: {result}"
    assert job.left_behind(result, stage.leaves_a_record) == []


@pytest.mark.parametrize("stage", STAGES)
def test_a_killed_job_publishes_nothing(stage: Stage, job: Job) -> None:
    running = job.stop_at(stage)
    result, _ = job.send_and_wait(running, signal.SIGKILL)
    job.gate.set()
    assert result.code == KILLED, str(result)
    assert job.store.head(job.destination) is None
    uploads = job.store.uploads(job.destination)
    records = [k for k in job.store.keys(job.destination) if "/job-" in k]
    assert len(records) >= len(uploads), "an upload that no record names"


def test_an_interrupted_job_leaves_nothing(job: Job) -> None:
    running = job.stop_at(BETWEEN_PARTS[0])
    result, seconds = job.send_and_wait(running, signal.SIGINT)
    assert result.code == 128 + signal.SIGINT, str(result)
    assert seconds < GRACE_S
    assert job.store.left_behind(job.destination) == []


def fill(pipe: int) -> None:
    """Leaves no room in a pipe; this end and those that others hold block as before."""
    writer = os.open(f"/proc/self/fd/{pipe}", os.O_WRONLY | os.O_NONBLOCK)
    try:
        while True:
            os.write(writer, b"x")
    except BlockingIOError:
        pass
    finally:
        os.close(writer)


@pytest.fixture
def unread() -> Iterator[int]:
    """A pipe to write to, which nobody reads."""
    reader, writer = os.pipe()
    yield writer
    os.close(reader)
    os.close(writer)


def test_termination_needs_no_reader_of_the_messages(job: Job, unread: int) -> None:
    running = job.stop_at(BETWEEN_PARTS[0], "--progress", "json", stderr=unread)
    fill(unread)
    result, seconds = job.send_and_wait(running, signal.SIGTERM)
    assert result.code == TERMINATED, str(result)
    assert seconds < GRACE_S
    assert job.store.left_behind(job.destination) == []


def test_termination_frees_a_job_that_cannot_say_what_it_does(job: Job, unread: int) -> None:
    fill(unread)
    running = job.stop_at(BEFORE_CREATE[0], "-v", stderr=unread)
    result, seconds = job.send_and_wait(running, signal.SIGTERM)
    assert result.code == TERMINATED, str(result)
    assert seconds < GRACE_S
    assert job.store.left_behind(job.destination) == []


COMPLETING = [
    pytest.param(Stage("asked", "CompleteMultipartUpload"), id="asked"),
    pytest.param(Stage("done", "CompleteMultipartUpload", answered=True), id="done"),
]


@pytest.mark.parametrize("stage", COMPLETING)
def test_termination_during_complete_waits_for_the_answer(stage: Stage, job: Job) -> None:
    running = job.stop_at(stage)
    running.send(signal.SIGTERM)
    with pytest.raises(subprocess.TimeoutExpired):  # the answer decides, so it is awaited
        running.process.wait(1.0)
    job.gate.set()
    result = job.s3reel.check(running.wait(60))
    assert result.code == 0, str(result)
    assert job.whole()
    assert job.store.left_behind(job.destination) == [f"object {job.destination}"]


@pytest.mark.parametrize("stage", COMPLETING)
def test_a_kill_during_complete_leaves_the_whole_object_or_none(stage: Stage, job: Job) -> None:
    running = job.stop_at(stage)
    result, _ = job.send_and_wait(running, signal.SIGKILL)
    job.gate.set()
    assert result.code == KILLED, str(result)
    assert job.whole() == stage.answered


def test_a_lost_answer_to_complete_is_settled(job: Job) -> None:
    """The store published, the connection broke: the job finds out and ends well."""
    job.proxy.add(Rule(LoseAnswer(), operation="CompleteMultipartUpload", times=1))
    urls = (job.store.url(job.source), job.store.url(job.destination))
    result = job.s3reel.run("process", *urls, *JOB)
    assert result.code == 0, str(result)
    assert job.whole()
    assert job.store.left_behind(job.destination) == [f"object {job.destination}"]


def test_an_error_in_a_complete_answered_200_is_an_error(job: Job) -> None:
    """S3 may answer 200 and put the error into the body; asked again, it may succeed."""
    error = AnswerWith(200, error_body("InternalError", "try again"))
    rule = job.proxy.add(Rule(error, operation="CompleteMultipartUpload", times=2))
    urls = (job.store.url(job.source), job.store.url(job.destination))
    result = job.s3reel.run("process", *urls, *JOB)
    assert result.code == 0, str(result)
    assert rule.fired == 2 and job.whole()


@pytest.mark.parametrize("operation", ["PutObject", "CreateMultipartUpload", "UploadPart"])
def test_a_destination_that_never_answers_leaves_nothing(operation: str, job: Job) -> None:
    job.proxy.add(Rule(Refuse(), operation=operation, key=job.destination))
    urls = (job.store.url(job.source), job.store.url(job.destination))
    result = job.s3reel.run("process", *urls, *JOB, "--retry-attempts", "3")
    assert result.code == 5, str(result)
    assert job.left_behind(result, operation == "CreateMultipartUpload") == []
