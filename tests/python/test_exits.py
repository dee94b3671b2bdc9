"""The interpreter ends while threads that it does not wait for are in calls of the module."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from support import probe
from support.pictures import Clip
from support.store import Store

PROGRAM = """
import atexit, sys, threading, time
atexit.register(lambda: late())
import s3reel
source, result = sys.argv[1:]
begun = threading.Event()

def late():
    pass

def slow(frame):
    begun.set()
    time.sleep(0.02)
    return frame

def daemon(work):
    threading.Thread(target=work, daemon=True).start()
    assert begun.wait(30)
"""


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("film") / "film.mkv"
    probe.ffmpeg(
        *("-f", "lavfi", "-i", "testsrc2=size=320x240:rate=25:duration=40"),
        *("-c:v", "libx264", "-preset", "ultrafast", path),
    )
    return path


def run(code: str, *places: str | Path) -> tuple[int, str, float]:
    """The exit code, what was said, and the seconds that it took."""
    begun = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM + code, *map(str, places)],
        capture_output=True,
        text=True,
        timeout=120,
    )
    return done.returncode, done.stderr, time.monotonic() - begun


READS = """
def reads():
    with s3reel.open(source) as video:
        while True:
            for frame in video.frames():
                frame.time
                begun.set()

daemon(reads)
"""


@pytest.mark.parametrize("repeat", range(5))
def test_a_thread_that_reads_frames(film: Path, repeat: int) -> None:
    code, said, _ = run(READS, film, "-")
    assert code == 0 and "terminate" not in said and "Fatal" not in said


@pytest.mark.parametrize("repeat", range(3))
def test_a_job_with_a_callable_leaves_nothing(film: Path, tmp_path: Path, repeat: int) -> None:
    job = "daemon(lambda: s3reel.process(source, result, slow))"
    code, said, _ = run(job, film, tmp_path / "x.mp4")
    assert code == 0 and "terminate" not in said and "Fatal" not in said
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize(
    "forever",
    ["time.sleep(1000)", "while True: time.sleep(0.01)", "while True: pass"],
    ids=["sleeps", "naps", "computes"],
)
def test_a_callable_that_never_returns_is_not_waited_for(
    film: Path, tmp_path: Path, forever: str
) -> None:
    job = f"""
def never(frame):
    begun.set()
    {forever}

daemon(lambda: s3reel.process(source, result, never))
"""
    code, said, seconds = run(job, film, tmp_path / "x.mp4")
    assert code == 0 and "terminate" not in said and "Fatal" not in said
    assert seconds < 30
    assert not (tmp_path / "x.mp4").exists()


KEPT = {
    "open_sink": "sink = s3reel.open_sink(result)\n    sink.write(b'abc' * (4 << 20))",
    "create": "out = s3reel.create(result, source)\n"
    "    with s3reel.open(source) as video:\n        out.write(video.frame_at(0))",
}


@pytest.mark.parametrize("what", KEPT)
def test_what_such_a_thread_has_not_published_is_removed(
    s3: Store, film: Path, tmp_path: Path, what: str
) -> None:
    code = f"def keeps():\n    {KEPT[what]}\n    begun.set()\n    time.sleep(1000)\n\ndaemon(keeps)\n"
    assert run(code, film, tmp_path / "x.mp4")[:2] == (0, "")
    assert os.listdir(tmp_path) == []
    key = s3.key("x.mp4")
    assert run(code, film, s3.url(key))[:2] == (0, "")
    assert s3.left_behind(key) == []


def test_nothing_begins_any_more(clip: Callable[..., Clip], tmp_path: Path) -> None:
    code = """
def late():
    for call in (lambda: s3reel.process(source, result), lambda: s3reel.open(source),
                 lambda: next(frames), lambda: s3reel.open_sink(result)):
        try:
            call()
        except RuntimeError as error:
            print(error, file=sys.stderr)

frames = s3reel.open(source).frames()
"""
    code, said, _ = run(code, clip().path, tmp_path / "x.mkv")
    assert (code, said) == (0, "the interpreter is shutting down\n" * 4)
    assert os.listdir(tmp_path) == []
