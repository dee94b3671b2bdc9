"""`make demo`, beyond what everybody sees of it: the user's own video, KEEP=1, a check that fails."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import urllib.request
from pathlib import Path
from typing import Iterator

import pytest

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "build" / "demo"


@pytest.fixture(autouse=True)
def what_was_there(tmp_path: Path) -> Iterator[None]:
    """The results of an earlier demo are the user's."""
    aside = tmp_path / "demo"
    if FOLDER.exists():
        shutil.copytree(FOLDER, aside)
    FOLDER.mkdir(parents=True, exist_ok=True)
    yield
    shutil.rmtree(FOLDER, ignore_errors=True)
    if aside.exists():
        shutil.copytree(aside, FOLDER)


def clip(path: Path, seconds: int) -> Path:
    picture = f"testsrc2=size=320x240:rate=10:duration={seconds}"
    subprocess.run(
        ["ffmpeg", "-y", "-v", "error", "-f", "lavfi", "-i", picture, "-c:v", "libx264", str(path)],
        check=True,
        stdin=subprocess.DEVNULL,
    )
    return path


def demo(**variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(ROOT / "tools" / "demo")],
        env=os.environ | variables,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_video_of_the_users_and_a_store_that_stays(tmp_path: Path) -> None:
    video = clip(tmp_path / "mine.mkv", 2)
    try:
        done = demo(VIDEO=str(video), KEEP="1")
        assert done.returncode == 0, done.stdout + done.stderr
        assert (FOLDER / "in.mkv").read_bytes() == video.read_bytes()
        source, result = re.findall(r"^http://\S+X-Amz-Signature=\S+$", done.stdout, re.MULTILINE)
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        for url, file in ((source, "in.mkv"), (result, "out.mp4")):
            with opener.open(url, timeout=60) as answer:
                assert answer.read() == (FOLDER / file).read_bytes()
    finally:
        subprocess.run([str(ROOT / "tools" / "rgw"), "stop"], check=True)


def test_a_failed_check_makes_it_fail(tmp_path: Path) -> None:
    """An ffprobe that looks at another, shorter video when it is asked about the result."""
    other = clip(tmp_path / "other.mp4", 1)
    liar = tmp_path / "bin" / "ffprobe"
    liar.parent.mkdir()
    liar.write_text(
        "#!/bin/sh\n"
        'for word; do shift; case $word in */out.mp4) word=$OTHER;; esac; set -- "$@" "$word"; done\n'
        f'exec {shutil.which("ffprobe")} "$@"\n'
    )
    liar.chmod(0o755)
    path = f"{liar.parent}:{os.environ['PATH']}"
    done = demo(VIDEO=str(clip(tmp_path / "mine.mp4", 2)), OTHER=str(other), PATH=path)
    assert done.returncode == 1
    assert "FAIL frames: 20 in, 10 out" in done.stdout


def test_a_video_that_is_not_there_is_named(tmp_path: Path) -> None:
    earlier = FOLDER / "earlier.mp4"
    earlier.touch()
    done = demo(VIDEO=str(tmp_path / "none.mp4"))
    assert done.returncode == 1
    assert "none.mp4: there is no such file" in done.stderr
    assert earlier.exists()


def test_a_video_that_the_demo_would_delete_is_refused() -> None:
    video = clip(FOLDER / "mine.mp4", 1)
    done = demo(VIDEO=str(video))
    assert done.returncode == 1
    assert "copy it elsewhere" in done.stderr
    assert video.exists()
