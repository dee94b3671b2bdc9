"""What the command prints goes to Python's logging, on the thread that called."""

from __future__ import annotations

import logging
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import s3reel

from support.pictures import Clip
from support.plugins import SOURCES, build
from support.store import Store

LOSSLESS = {"video_codec": "ffv1", "format": "mkv"}


@pytest.fixture
def loud(tmp_path: Path) -> Path:
    """A plugin that warns when it is opened."""
    code = (SOURCES / "trial.c").read_text()
    quiet, warns = "->log(host->context, 0,", "->log(host->context, 2,"
    assert quiet in code
    (tmp_path / "loud.c").write_text(code.replace(quiet, warns))
    return build(tmp_path, "loud", source=str(tmp_path / "loud.c"))


def said(caplog: pytest.LogCaptureFixture, part: str) -> list[logging.LogRecord]:
    return [one for one in caplog.records if part in one.getMessage()]


def test_levels_are_those_of_logging(
    clip: Callable[..., Clip], tmp_path: Path, loud: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "s3reel")
    steps = [s3reel.plugin(loud), lambda frame: frame]
    s3reel.process(clip("yuv420p").path, tmp_path / "r.mkv", steps, **LOSSLESS)
    assert {one.levelno for one in said(caplog, "trial is open")} == {logging.WARNING}
    assert {one.levelno for one in said(caplog, "becomes rgb24")} == {logging.DEBUG}
    assert {one.name for one in caplog.records} == {"s3reel"}
    assert {one.thread for one in caplog.records} == {threading.get_ident()}


def test_the_last_ones_come_before_a_failure(
    clip: Callable[..., Clip], tmp_path: Path, loud: Path, caplog: pytest.LogCaptureFixture
) -> None:
    def fails(frame: object) -> object:
        raise LookupError("no such face")

    with pytest.raises(s3reel.OpError):
        s3reel.process(clip().path, tmp_path / "r.mkv", [s3reel.plugin(loud), fails], **LOSSLESS)
    assert said(caplog, "trial is open")


@pytest.mark.parametrize("call", ["open", "create", "open_source", "open_sink"])
def test_whatever_reads_or_writes_speaks(
    s3: Store, clip: Callable[..., Clip], caplog: pytest.LogCaptureFixture, call: str
) -> None:
    source = s3.url(s3.put(clip().path, s3.key("in.mkv")))
    caplog.set_level(logging.DEBUG, "s3reel")
    if call == "open":
        s3reel.open(source)
    elif call == "create":
        with s3reel.create(s3.url(s3.key("out.mkv")), clip().path) as out:
            out.write(np.zeros((64, 96, 3), np.uint8))
    elif call == "open_source":
        s3reel.open_source(source).read()
    else:
        with s3reel.open_sink(s3.url(s3.key("out.bin"))) as sink:
            sink.write(b"x")
    assert {one.levelno for one in said(caplog, "s3.")} == {logging.DEBUG}


PROGRAM = """
import sys, s3reel
s3reel.process(*sys.argv[1:3], s3reel.plugin(sys.argv[3]), video_codec="ffv1")
"""


def test_without_any_setting_warnings_are_printed_and_nothing_else(
    clip: Callable[..., Clip], tmp_path: Path, loud: Path
) -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, clip().path, tmp_path / "r.mkv", loud],
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0 and done.stdout == ""
    lines = done.stderr.splitlines()
    assert lines and all("trial is open" in line for line in lines)
