"""Failures come as the class that says what to do, with the facts that the command reports."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import s3reel

from support.pictures import Clip
from support.plugins import SOURCES, build
from support.store import Store

FACTS = ["exit_code", "operation", "subject", "http_status", "s3_code", "retryable"]
QUICK = {"retry_attempts": 1, "connect_timeout_ms": 300}


def error_of_command(folder: Path, *words: str) -> dict:
    report = folder / "report.json"
    done = subprocess.run(
        [sys.executable, "-m", "s3reel", "process", *words, "--report", str(report)],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=120,
    )
    error = json.loads(report.read_text())["error"]
    assert error["exit_code"] == done.returncode
    return error


def assert_same(raised: s3reel.Error, reported: dict) -> None:
    assert {name: getattr(raised, name) for name in FACTS} == {name: reported[name] for name in FACTS}
    said = str(raised)
    if raised.request_id:
        said = said.replace(raised.request_id, reported["request_id"])
    assert said == reported["message"]


def test_what_the_store_refuses(s3: Store, tmp_path: Path) -> None:
    url = s3.url("nosuch/in.mp4")
    with pytest.raises(s3reel.StoreRefused) as caught:
        s3reel.process(url, tmp_path / "r.mkv")
    error = caught.value
    assert (error.http_status, error.s3_code, error.retryable) == (404, "NoSuchKey", False)
    assert error.request_id and error.hint and url in error.subject
    assert_same(error, error_of_command(tmp_path, url, "r.mkv"))
    for look in (s3reel.probe, s3reel.open, s3reel.open_source):
        with pytest.raises(s3reel.StoreRefused, match="NoSuchKey"):
            look(url)


def test_a_store_that_is_not_there(
    s3: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", "http://127.0.0.1:9")
    with pytest.raises(s3reel.StoreUnavailable) as caught:
        s3reel.process("s3://videos/in.mp4", tmp_path / "r.mkv", **QUICK)
    assert caught.value.retryable and caught.value.exit_code == 5
    words = [f"--{name.replace('_', '-')}={value}" for name, value in QUICK.items()]
    assert_same(caught.value, error_of_command(tmp_path, "s3://videos/in.mp4", "r.mkv", *words))


def test_what_is_no_video(tmp_path: Path) -> None:
    (tmp_path / "notes.mp4").write_text("not a video at all\n" * 100)
    with pytest.raises(s3reel.InputError) as caught:
        s3reel.process(tmp_path / "notes.mp4", tmp_path / "r.mkv")
    assert_same(caught.value, error_of_command(tmp_path, str(tmp_path / "notes.mp4"), str(tmp_path / "r.mkv")))


def test_what_exists_and_is_to_stay(clip: Callable[..., Clip], tmp_path: Path) -> None:
    there = tmp_path / "r.mkv"
    there.write_bytes(b"kept")
    with pytest.raises(s3reel.StoreRefused, match="exists"):
        s3reel.process(clip().path, there, no_clobber=True)
    assert there.read_bytes() == b"kept"


def test_an_op_that_fails(clip: Callable[..., Clip], tmp_path: Path) -> None:
    def fails(frame: np.ndarray) -> np.ndarray:
        raise LookupError("no such face")

    with pytest.raises(s3reel.OpError) as caught:
        s3reel.process(clip().path, tmp_path / "r.mkv", fails)
    assert caught.value.operation == "op fails" and "0.000 s" in caught.value.subject
    assert caught.value.reason == "LookupError: no such face" and caught.value.exit_code == 6


def test_words_that_are_no_text_are_said_as_far_as_they_go(tmp_path: Path) -> None:
    name = os.fsdecode(b"no \xff video.mp4")
    (tmp_path / name).write_text("not a video at all\n" * 100)
    with pytest.raises(s3reel.InputError, match="no \ufffd video.mp4") as caught:
        s3reel.process(tmp_path / name, tmp_path / "r.mkv")
    assert "no \ufffd video.mp4" in caught.value.subject
    code = (SOURCES / "trial.c").read_text()
    assert "do=refuse is refused" in code
    (tmp_path / "latin.c").write_text(code.replace("is refused", "is \\xe9 refused"))
    plugin = s3reel.plugin(build(tmp_path, "latin", source=str(tmp_path / "latin.c")), do="refuse")
    with pytest.raises(s3reel.Error, match="do=refuse is \ufffd refused") as refused:
        s3reel.process(tmp_path / name, tmp_path / "r.mkv", plugin)
    assert "is \ufffd refused" in refused.value.reason


class Mute(Exception):
    def __str__(self) -> str:
        raise RuntimeError("no words")


@pytest.mark.parametrize(
    ("exception", "reason"),
    [
        (ValueError("\udc80 and \ud800"), r"ValueError: \udc80 and \ud800"),
        (Mute(), "Mute, which could not say why"),
        (KeyError(), "KeyError"),
    ],
)
def test_every_exception_of_a_callable_is_the_cause(
    clip: Callable[..., Clip], tmp_path: Path, exception: Exception, reason: str
) -> None:
    def fails(frame: np.ndarray) -> np.ndarray:
        raise exception

    with pytest.raises(s3reel.OpError) as caught:
        s3reel.process(clip().path, tmp_path / "r.mkv", fails)
    assert caught.value.reason == reason and caught.value.__cause__ is exception


def test_a_callable_may_have_any_name(clip: Callable[..., Clip], tmp_path: Path) -> None:
    odd = s3reel.op(lambda frame: frame[:0], name="odd\udc80")
    with pytest.raises(s3reel.OpError) as caught:
        s3reel.process(clip().path, tmp_path / "r.mkv", odd)
    assert caught.value.operation == r"op odd\udc80"


def test_each_is_an_error_of_the_module() -> None:
    codes = {1: "InternalError", 2: "UsageError", 3: "InputError", 4: "StoreRefused"}
    codes |= {5: "StoreUnavailable", 6: "OpError", 7: "LossError", 130: "Interrupted"}
    assert all(issubclass(getattr(s3reel, name), s3reel.Error) for name in codes.values())
    assert issubclass(s3reel.UsageError, ValueError)


def test_the_report_keeps_to_its_schema(clip: Callable[..., Clip], tmp_path: Path) -> None:
    from jsonschema import Draft202012Validator

    schema = json.loads((Path(__file__).parents[2] / "docs" / "report.schema.json").read_text())
    report = s3reel.process(clip().path, tmp_path / "r.mkv", ["hflip", lambda frame: frame])
    Draft202012Validator(schema).validate(report)
