"""What a job shows while it runs: a bar on a terminal, lines or JSON elsewhere."""

from __future__ import annotations

import json
import os
import pty
import re
import subprocess
import termios
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import jsonschema
import pytest

from support import paths
from support.runner import Runner, report_schema
from support.store import Store

COLUMNS = 100
FRAMES = 100
CLEAR = "\r\x1b[K"  # back to the first column, and nothing behind it
BAR = re.compile(r"^ *(?P<percent>\d+)% \[#*-*\] \d+:\d\d.* \d+ fps .*\d+\.\d\dx")
NARROW = 40  # too few columns for a bar: the words alone
SUMMARY = re.compile(r"^s3reel: s3://\S+: \d+ frames, .* s of video in ")


@dataclass
class Shown:
    code: int
    text: str  # what the terminal got, with its line ends as they came

    def lines(self) -> list[str]:
        return [line for line in self.text.split("\r\n") if line]

    def drawn(self) -> list[str]:
        """Every state of the redrawn line, and what stands on the lines behind."""
        return [state for line in self.lines() for state in line.split(CLEAR) if state]


def on_a_terminal(s3reel: Runner, *arguments: str, columns: int = COLUMNS) -> Shown:
    """Runs the program with standard error on a terminal of that many columns."""
    ours, its = pty.openpty()
    termios.tcsetwinsize(its, (24, columns))
    got = bytearray()

    def read() -> None:
        try:
            while data := os.read(ours, 65536):
                got.extend(data)
        except OSError:
            pass  # EIO: nobody has the other side open any more

    reader = threading.Thread(target=read, daemon=True)
    child = subprocess.Popen(
        [str(paths.binary()), *arguments],
        env=s3reel.environment() | {"TERM": "xterm"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=its,
    )
    os.close(its)
    reader.start()
    try:
        code = child.wait(s3reel.limit_s)
    finally:
        if child.poll() is None:
            child.kill()
            child.wait()
        reader.join()
        os.close(ours)
    return Shown(code, got.decode())


@pytest.fixture
def job(store: Store, clip: Callable[[str], Path]) -> list[str]:
    """A hundred frames that take a second or more; the progress display is chosen by itself."""
    source, destination = store.put(clip("noise.mp4")), store.key("out.mp4")
    urls = [store.url(source), store.url(destination)]
    return ["process", *urls, "--op", "grayscale", "--threads", "1", "--preset", "veryfast"]


def percents(shown: Shown) -> list[int]:
    return [int(found["percent"]) for state in shown.drawn() if (found := BAR.match(state))]


def test_a_terminal_shows_a_bar_that_is_redrawn_and_then_the_summary(
    s3reel: Runner, job: list[str]
) -> None:
    shown = on_a_terminal(s3reel, *job[:-1], "medium")
    assert shown.code == 0, shown.text
    seen = percents(shown)
    assert len(seen) >= 3, shown.text
    assert seen == sorted(seen) and seen[0] < seen[-1] == 100, seen
    bars = next(line for line in shown.lines() if CLEAR in line)
    assert bars.count(CLEAR) >= 3, "the bar is not redrawn in its place"
    assert all(len(state) < COLUMNS for state in bars.split(CLEAR)), "the bar wraps"
    assert SUMMARY.match(shown.lines()[-1].removeprefix(CLEAR)), shown.text
    assert shown.text.endswith("\r\n")


def test_a_narrow_terminal_gets_the_words_that_fit(s3reel: Runner, job: list[str]) -> None:
    shown = on_a_terminal(s3reel, *job, columns=NARROW)
    assert shown.code == 0, shown.text
    states = [state for line in shown.lines() if CLEAR in line for state in line.split(CLEAR)]
    assert len(states) >= 2 and all(len(state) < NARROW for state in states), states
    assert any("%" in state for state in states)


def test_without_a_terminal_nothing_is_redrawn(s3reel: Runner, job: list[str]) -> None:
    result = s3reel.run(*job)
    assert result.code == 0, str(result)
    assert "\r" not in result.stderr and "\x1b" not in result.stderr, repr(result.stderr)
    assert SUMMARY.match(result.stderr.splitlines()[-1]), str(result)


def test_a_failure_leaves_no_bar_behind(s3reel: Runner, store: Store, job: list[str]) -> None:
    missing = store.url(store.key("missing.mp4"))
    shown = on_a_terminal(s3reel, "process", missing, *job[2:])
    assert shown.code == 4, shown.text
    assert len(shown.lines()) == 1 and missing in shown.lines()[0], shown.text


def documented(event: str) -> list[str]:
    """The fields of an event by the table of docs/command.md."""
    text = (paths.REPO / "docs" / "command.md").read_text(encoding="utf-8")
    row = re.search(rf"^\| `{event}` \| ([^|]+) \|$", text, re.MULTILINE)
    assert row, f"docs/command.md does not tell the fields of {event}"
    return re.findall(r"`(\w+)`", row[1].partition("; `null`")[0])


def test_json_progress_is_an_object_a_line_with_the_documented_fields(
    s3reel: Runner, job: list[str]
) -> None:
    result = s3reel.run(*job, "--progress", "json")
    assert result.code == 0, str(result)
    events = [json.loads(line) for line in result.stderr.splitlines()]
    moments = [event for event in events if event["event"] == "progress"]
    assert len(moments) >= 2, result.stderr
    for moment in moments:
        assert set(moment) == {"event", *documented("progress")}, moment
    assert moments[-1]["percent"] == 100 and moments[-1]["publishing"], moments[-1]
    frames = [moment["frames"] for moment in moments]
    assert frames == sorted(frames) and frames[-1] == FRAMES, frames
    assert events[-1]["event"] != "progress", "the summary does not come last"


def test_json_ends_a_failure_with_the_error_of_the_report(
    s3reel: Runner, store: Store, job: list[str]
) -> None:
    missing = store.url(store.key("missing.mp4"))
    result = s3reel.run("process", missing, *job[2:], "--progress", "json")
    assert result.code == 4, str(result)
    last = json.loads(result.stderr.splitlines()[-1])
    assert last.pop("event") == "error"
    jsonschema.validate(last, report_schema()["$defs"]["error"])
    assert (last["exit_code"], last["s3_code"]) == (4, "NoSuchKey") and missing in last["message"]
