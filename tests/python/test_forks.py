"""A forked child: what its parent opened is the parent's, and what it opens itself works."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from support import pictures
from support.pictures import Clip
from support.store import Store

# The child has ten seconds: one that hangs is killed, and its code is negative.
CHILD = """
import multiprocessing, os, signal, sys, threading, time, s3reel
import numpy as np
source, result = sys.argv[1:]

def refused(call):
    try:
        call()
    except RuntimeError as error:
        assert str(error) == "opened before fork; open it in this process", error
    else:
        raise AssertionError("a call went through")

def in_child(work, ends=sys.exit):
    child = os.fork()
    if child == 0:
        signal.alarm(10)
        try:
            work()
        except BaseException:
            sys.excepthook(*sys.exc_info())
            ends(9)
        ends(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
"""


def run(code: str, *places: str | Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", CHILD + code, *map(str, places)],
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert (done.returncode, done.stderr) == (0, "")


SINK = """
sink = s3reel.open_sink(result)
sink.write(b"abc" * (2 << 20))

def child():
    global sink
    refused(lambda: sink.write(b"x"))
    refused(lambda: sink.seek(0))
    HOW

in_child(child)
sink.close()
"""
ENDS = {
    "exits": "pass",
    "drops": "del sink",
    "closes": "refused(sink.close)",
    "aborts": "sink.abort()",
}


@pytest.mark.parametrize("how", ENDS)
def test_a_child_leaves_its_parents_file_alone(tmp_path: Path, how: str) -> None:
    run(SINK.replace("HOW", ENDS[how]), "-", tmp_path / "d.bin")
    assert (tmp_path / "d.bin").read_bytes() == b"abc" * (2 << 20)
    assert os.listdir(tmp_path) == ["d.bin"]


@pytest.mark.parametrize("how", ENDS)
def test_a_child_leaves_its_parents_upload_alone(s3: Store, how: str) -> None:
    key = s3.key("d.bin")
    run(SINK.replace("HOW", ENDS[how]), "-", s3.url(key))
    assert s3.read(key) == b"abc" * (2 << 20)


WRITER = """
out = s3reel.create(result, source, video_codec="ffv1", format="mkv")
picture = np.zeros((64, 96, 3), np.uint8)
out.write(picture)

def child():
    global out
    refused(lambda: out.write(picture))
    HOW

in_child(child)
out.write(picture)
out.close()
"""


@pytest.mark.parametrize("how", ENDS)
def test_a_child_leaves_its_parents_video_alone(
    clip: Callable[..., Clip], tmp_path: Path, how: str
) -> None:
    code = WRITER.replace("HOW", ENDS[how].replace("sink", "out"))
    run(code, clip().path, tmp_path / "r.mkv")
    assert len(pictures.raw(tmp_path / "r.mkv", format="gray")) == 2 * 96 * 64
    assert os.listdir(tmp_path) == ["r.mkv"]


READER = """
video = s3reel.open(source)
frames = video.frames()
kept = next(frames)
file = s3reel.open_source(source)
head = file.read(4)
"""
READERS = {
    "exits": "pass",
    "drops": "global frames, video, file, kept; del frames, video, file, kept",
    "closes": "frames.close(); video.close(); file.close()",
    "calls": "refused(lambda: next(frames)); refused(video.frames); refused(lambda: video.frame_at(0))",
}


@pytest.mark.parametrize("how", READERS)
@pytest.mark.parametrize("ends", ["sys.exit", "os._exit"])
def test_a_child_does_not_wait_for_its_parents_threads(
    clip: Callable[..., Clip], how: str, ends: str
) -> None:
    code = f"def child():\n    {READERS[how]}\n\nin_child(child, {ends})\n"
    run(READER + code + f"assert len(list(frames)) == {pictures.FRAMES} - 1\n", clip().path, "-")


def test_a_pool_of_forked_processes_ends(clip: Callable[..., Clip]) -> None:
    code = """
signal.alarm(60)
with multiprocessing.get_context("fork").Pool(2) as pool:
    assert pool.map(abs, range(-9, 0)) == list(range(9, 0, -1))
    pool.close()
    pool.join()
"""
    run(READER + code, clip().path, "-")


def test_a_child_opens_its_own(clip: Callable[..., Clip], tmp_path: Path) -> None:
    code = """
def child():
    assert s3reel.process(source, result, lambda frame: 255 - frame)["frames"]["muxed"]
    with s3reel.open(source) as own:
        assert own.frame_at(0).array.shape == kept.array.shape

in_child(child)
"""
    run(READER + code, clip().path, tmp_path / "r.mkv")


def test_a_fork_in_a_callback_ends_the_childs_call(
    clip: Callable[..., Clip], tmp_path: Path
) -> None:
    code = """
def told(progress):
    global child
    if child is None:
        child = os.fork()
        if child == 0:
            signal.alarm(10)

child = None
try:
    s3reel.process(source, result, lambda frame: (time.sleep(0.05), frame)[1], progress=told)
except RuntimeError as error:
    assert child == 0 and "before fork" in str(error)
    sys.exit(7)
assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7
"""
    run(code, clip().path, tmp_path / "r.mkv")
    assert os.listdir(tmp_path) == ["r.mkv"]
