"""The command in Python: the same words, and callables by name."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from support import clips, pictures, probe
from support.faults import Hold, HoldAnswer
from support.pictures import LOSSLESS, Clip
from support.proxy import Proxy, Rule
from support.store import Store

MINE = """
import numpy as np
import s3reel

def negative(frame):
    return 255 - frame

@s3reel.op(format="yuv420p,bgr0", inplace=True)
def same(frame):
    pass

class Tools:
    @staticmethod
    def flip(frame):
        return frame[::-1]

def fails(frame):
    raise LookupError("no such face")

value = 7
"""


@pytest.fixture
def mine(tmp_path: Path) -> Path:
    (tmp_path / "mine.py").write_text(MINE)
    return tmp_path


def command(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "s3reel", *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=120,
    )


def test_it_says_that_it_is_the_module(tmp_path: Path) -> None:
    done = command(tmp_path, "--version")
    lines = done.stdout.splitlines()
    assert done.returncode == 0 and lines[0].startswith("s3reel ")
    assert "Python" in lines[1] and any("libavcodec" in line for line in lines)


@pytest.mark.parametrize("place", ["mine.py", "mine", "FOLDER/mine.py"])
def test_a_callable_of_a_file_or_a_module(
    clip: Callable[..., Clip], mine: Path, place: str
) -> None:
    source, where = clip("bgr0", "97x65"), place.replace("FOLDER", str(mine))
    done = command(
        mine, "process", str(source.path), "r.mkv", "--python", f"{where}:negative", *LOSSLESS
    )
    assert done.returncode == 0, done.stderr
    before = np.frombuffer(pictures.raw(source.path, format="rgb24"), np.uint8)
    assert (np.frombuffer(pictures.raw(mine / "r.mkv", format="rgb24"), np.uint8) == 255 - before).all()


def test_it_takes_its_place_in_the_order(clip: Callable[..., Clip], mine: Path) -> None:
    source = clip("bgr0")
    steps = ["--python", "mine:negative", "--op", "flip:axis=vertical", "--python", "mine:Tools.flip"]
    steps += ["--python", "mine:same", "--python", "mine:negative"]
    done = command(mine, "process", str(source.path), "r.mkv", *steps, *LOSSLESS)
    assert done.returncode == 0, done.stderr
    assert pictures.raw(mine / "r.mkv") == pictures.raw(source.path)


@pytest.mark.parametrize(
    ("callable_", "words"),
    [
        ("mine", "module:name"),
        ("mine:nosuch", "no callable 'nosuch'"),
        ("mine:value", "no callable 'value'"),
        ("nosuch:f", "nosuch"),
        ("nosuch.py:f", "nosuch.py"),
        ("broken.py:f", "SyntaxError"),
    ],
)
def test_a_name_that_leads_to_nothing_is_wrong_usage(
    clip: Callable[..., Clip], mine: Path, callable_: str, words: str
) -> None:
    (mine / "broken.py").write_text("def f(:\n")
    done = command(mine, "process", str(clip().path), "r.mkv", "--python", callable_)
    assert done.returncode == 2 and words in done.stderr, done.stderr
    assert not (mine / "r.mkv").exists()


def test_what_a_callable_raises_comes_with_its_traceback(
    clip: Callable[..., Clip], mine: Path
) -> None:
    done = command(mine, "process", str(clip().path), "r.mkv", "--python", "mine.py:fails")
    assert done.returncode == 6 and "LookupError: no such face" in done.stderr
    assert "mine.py" in done.stderr and "in fails" in done.stderr


def test_what_was_borne_is_not_blamed_for_another_failure(
    clip: Callable[..., Clip], mine: Path
) -> None:
    """The film is damaged behind frames on which the callable failed."""
    picture = "testsrc2=size=192x128:rate=10:duration=2"
    probe.ffmpeg(
        *("-f", "lavfi", "-i", picture, "-c:v", "libx264", "-g", "1", mine / "torn.mp4"),
    )
    film = bytearray((mine / "torn.mp4").read_bytes())
    middle = len(film) * 2 // 3
    film[middle : middle + 3000] = bytes(range(1, 251)) * 12
    (mine / "torn.mp4").write_bytes(film)
    words = ["process", "torn.mp4", "r.mkv", "--python", "mine.py:fails", "--on-op-error=skip-op"]
    done = command(mine, *words)
    assert done.returncode == 3 and "Traceback" not in done.stderr, done.stderr
    done = command(mine, *words, "--max-op-errors=1")
    assert done.returncode == 6 and done.stderr.count("Traceback") == 1, done.stderr
    (mine / "raises.py").write_text("raise LookupError('at import')\n")
    done = command(mine, "process", str(clip().path), "r.mkv", "--python", "raises.py:f")
    assert done.returncode == 2 and done.stderr.count("Traceback") == 1, done.stderr


SLOW = """
import time
def f(frame):
    print("begun", flush=True)
    time.sleep(1)
    return frame
"""


def test_a_signal_ends_it_and_leaves_nothing(clip: Callable[..., Clip], mine: Path) -> None:
    (mine / "slow.py").write_text(SLOW)
    job = subprocess.Popen(
        [sys.executable, "-m", "s3reel", "process", str(clip().path), "r.mkv"]
        + ["--python", "slow.py:f"],
        cwd=mine,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert job.stdout is not None and job.stdout.readline() == "begun\n"
    job.send_signal(signal.SIGINT)
    job.communicate(timeout=30)
    assert job.returncode == 130
    assert sorted(os.listdir(mine)) == ["mine.py", "slow.py"]


INTERRUPTED = """
import sys, time, s3reel
def slow(frame):
    print("begun", flush=True)
    time.sleep(0.2)
    return frame
try:
    s3reel.process(sys.argv[1], "r.mkv", slow)
except KeyboardInterrupt:
    print("interrupted", flush=True)
"""


def test_ctrl_c_ends_a_job_of_the_module(clip: Callable[..., Clip], tmp_path: Path) -> None:
    job = subprocess.Popen(
        [sys.executable, "-c", INTERRUPTED, str(clip().path)],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert job.stdout is not None and job.stdout.readline() == "begun\n"
    job.send_signal(signal.SIGINT)
    said, _ = job.communicate(timeout=30)
    assert said.endswith("interrupted\n") and job.returncode == 0
    assert os.listdir(tmp_path) == []


UPLOADING = {
    "process": """
    s3reel.process(*sys.argv[1:], lambda frame: frame, crf=1, preset="ultrafast")
""",
    "create": """
    with s3reel.open(sys.argv[1]) as video:
        with s3reel.create(sys.argv[2], video, crf=1, preset="ultrafast") as out:
            for frame in video.frames():
                out.write(frame)
""",
}


@pytest.mark.parametrize("program", UPLOADING)
@pytest.mark.parametrize("hold", [Hold, HoldAnswer])
def test_ctrl_c_leaves_nothing_of_an_upload(
    s3: Store, proxy: Proxy, tmp_path: Path, program: str, hold: type[Hold | HoldAnswer]
) -> None:
    """A part is held on its way, or stored and its answer held, when the signal comes."""
    key, gate = s3.key("out.mp4"), threading.Event()
    proxy.add(Rule(hold(gate), operation="UploadPart", times=1))
    code = f"import sys, s3reel\ntry:{UPLOADING[program]}except KeyboardInterrupt:\n    sys.exit(9)"
    source = str(clips.make("noise.mp4", tmp_path / "noise.mp4"))
    job = subprocess.Popen(
        [sys.executable, "-c", code, source, s3.url(key)],
        env=os.environ | {"AWS_ENDPOINT_URL_S3": proxy.url},
    )
    try:
        assert proxy.wait_until(lambda: any(one.fault for one in proxy.seen("UploadPart")))
        assert len(s3.uploads(key)) == 1
        job.send_signal(signal.SIGINT)
        assert job.wait(timeout=60) == 9
    finally:
        job.kill()
    assert s3.left_behind(key) == []
