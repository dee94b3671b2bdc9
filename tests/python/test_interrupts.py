"""What is raised while something is published comes behind the result, which is not lost."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import s3reel

from support.faults import HoldAnswer
from support.pictures import Clip
from support.proxy import Proxy, Rule
from support.store import Store

LOSSLESS = {"video_codec": "ffv1", "format": "mkv"}


def once_there(result: Path, then: Callable[[], object]) -> Callable[[object], None]:
    """For progress=: waits for the result, and only then raises."""

    def told(progress: object) -> None:
        end = time.monotonic() + 60
        while not result.exists():
            assert time.monotonic() < end
            time.sleep(0.01)
        then()

    return told


def wait(seconds: float = 10.0) -> None:
    """Long enough for what is to be raised in Python code."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        time.sleep(0.01)


def test_a_callback_cannot_undo_a_result(
    clip: Callable[..., Clip], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard: list[BaseException | None] = []
    monkeypatch.setattr(sys, "unraisablehook", lambda raised: heard.append(raised.exc_value))
    result = tmp_path / "r.mkv"

    def complain() -> None:
        raise LookupError("too late")

    report = s3reel.process(clip().path, result, progress=once_there(result, complain), **LOSSLESS)
    assert report["frames"]["muxed"] > 0
    assert [str(one) for one in heard] == ["too late"]


@pytest.mark.parametrize("options", [{}, LOSSLESS], ids=["none", "some"])
def test_ctrl_c_in_a_callback_comes_behind_the_result(
    clip: Callable[..., Clip], tmp_path: Path, options: dict[str, str]
) -> None:
    result, report = tmp_path / "r.mkv", None

    def told() -> None:
        signal.raise_signal(signal.SIGINT)

    with pytest.raises(KeyboardInterrupt):
        report = s3reel.process(clip().path, result, progress=once_there(result, told), **options)
        wait()
    assert report is not None and report["frames"]["muxed"] > 0


def test_ctrl_c_comes_once_and_before_the_next_job(
    clip: Callable[..., Clip], tmp_path: Path
) -> None:
    result, reports = tmp_path / "r.mkv", []

    def told() -> None:
        signal.raise_signal(signal.SIGINT)

    def twice() -> None:
        for _ in range(2):
            told_then = once_there(result, told)
            reports.append(s3reel.process(clip().path, result, progress=told_then))

    with pytest.raises(KeyboardInterrupt):
        twice()
    wait(0.2)
    assert len(reports) == 1


PUBLISHING = {
    "process": ("found", "    found = s3reel.process(sys.argv[1], sys.argv[2])"),
    "create": (
        "out.report",
        "    with s3reel.create(sys.argv[2], sys.argv[1]) as out:\n"
        "        out.write(s3reel.open(sys.argv[1]).frame_at(0.0))",
    ),
    "open_sink": (
        "sink.result",
        "    with s3reel.open_sink(sys.argv[2]) as sink:\n        sink.write(b'all of it')",
    ),
}
PROGRAM = """
import signal, sys, time, s3reel
def late(*_):
    raise TimeoutError
if HANDLER == "own":
    signal.signal(signal.SIGINT, late)
found = None
try:
CALL
    end = time.monotonic() + 20
    while time.monotonic() < end:
        time.sleep(0.01)
except KeyboardInterrupt:
    sys.exit(9 if FOUND else 8)
except TimeoutError:
    sys.exit(7 if FOUND else 6)
"""


@pytest.mark.parametrize("handler", ["default", "own"])
@pytest.mark.parametrize("what", PUBLISHING)
def test_a_signal_comes_behind_what_was_published(
    s3: Store, proxy: Proxy, clip: Callable[..., Clip], what: str, handler: str
) -> None:
    """The store has the object and holds its answer when the signal comes."""
    key, gate = s3.key("out.mkv"), threading.Event()
    proxy.add(Rule(HoldAnswer(gate), operation="PutObject", key=key, times=1))
    found, call = PUBLISHING[what]
    code = PROGRAM.replace("CALL", call).replace("FOUND", found).replace("HANDLER", repr(handler))
    job = subprocess.Popen(
        [sys.executable, "-c", code, clip().path, s3.url(key)],
        env=os.environ | {"AWS_ENDPOINT_URL_S3": proxy.url},
    )
    try:
        assert proxy.wait_until(lambda: any(one.fault for one in proxy.seen("PutObject", key)))
        job.send_signal(signal.SIGINT)
        time.sleep(0.5)  # it looks twenty times a second
        gate.set()
        assert job.wait(timeout=60) == (9 if handler == "default" else 7)
    finally:
        gate.set()
        job.kill()
    assert s3.head(key) is not None
