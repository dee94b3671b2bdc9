"""Acceptance 3: nothing is written to the disk; and what the report says of memory is true."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from support import probe
from support.runner import Runner
from support.store import Store

CALLS = "open,openat,openat2,creat,memfd_create,mknod,mknodat,rename,renameat,renameat2,link,linkat"
FRAMES = 100
HARMLESS = ("/dev/", "/proc/self/", "/sys/")
SHARED_MEMORY = "/dev/shm"  # looks like a device and is a disk in memory
# The tree itself may lie below /tmp, so the program is opened before that is covered.
READ_ONLY_WORLD = """
set -e
exec 9< "$1"
shift
mount --make-rprivate /
while read -r _ target _; do
  case "$target" in /proc*|/sys*|/dev*) ;; *) mount -o remount,bind,ro "$target" ;; esac
done < /proc/self/mounts
mount -t tmpfs -o ro,size=4k tmpfs /tmp
mount -t tmpfs -o ro,size=4k tmpfs /dev/shm
if touch /var/probe /tmp/probe /dev/shm/probe 2> /dev/null; then exit 99; fi
exec /proc/self/fd/9 "$@"
"""


def whole_calls(trace: str) -> list[str]:
    """Joins the halves of calls during which strace saw another thread."""
    lines, begun = [], {}
    for line in trace.splitlines():
        thread = line.split(" ")[0]
        if line.endswith(" <unfinished ...>"):
            begun[thread] = line.removesuffix(" <unfinished ...>")
        elif end := re.search(r"<\.\.\. \w+ resumed>(.*)", line):
            lines.append(begun.pop(thread) + end[1])
        else:
            lines.append(line)
    assert not begun, "the trace ends inside a call"
    return lines


def written_files(trace: str) -> list[str]:
    """Calls that succeeded and could have made or changed a file."""
    found = []
    for line in whole_calls(trace):
        call = re.search(r"(\w+)\((.*)\)\s+= (-?\d+)", line)
        if not call or int(call[3]) < 0:
            continue
        name, arguments = call[1], call[2]
        path = re.search(r'"([^"]*)"', arguments)
        if path and path[1].startswith(HARMLESS) and not path[1].startswith(SHARED_MEMORY):
            continue
        if name in ("open", "openat", "openat2"):
            if re.search(r"O_WRONLY|O_RDWR|O_CREAT|O_TRUNC|O_TMPFILE", arguments):
                found.append(line)
        else:
            found.append(line)
    return found


def test_the_trace_reader_sees_writers() -> None:
    assert written_files('12 openat(AT_FDCWD, "/etc/hosts", O_RDONLY|O_CLOEXEC) = 3') == []
    assert written_files('12 openat(AT_FDCWD, "/x/y", O_WRONLY|O_CREAT, 0666) = -1 EROFS') == []
    assert written_files('12 openat(AT_FDCWD, "/dev/null", O_RDWR) = 3') == []
    for line in (
        '12 openat(AT_FDCWD, "/tmp/y", O_RDWR|O_CREAT|O_EXCL, 0600) = 3',
        '12 openat(AT_FDCWD, "/tmp", O_RDWR|O_TMPFILE, 0600) = 3',
        'memfd_create("x", MFD_CLOEXEC) = 4',
        '12 openat(AT_FDCWD, "/dev/shm/x", O_RDWR|O_CREAT, 0600) = 3',
        'creat("/tmp/z", 0666) = 5',
    ):
        assert written_files(line) == [line]
    halves = [
        '12 openat(AT_FDCWD, "/tmp/y", O_WRONLY|O_CREAT, 0600 <unfinished ...>',
        '13 openat(AT_FDCWD, "/etc/hosts", O_RDONLY) = 4',
        "12 <... openat resumed>) = 3",
    ]
    assert len(written_files("\n".join(halves))) == 1


@pytest.mark.parametrize("name", ["noise.mp4", "large-moov-end.mp4"])
def test_no_file_is_opened_for_writing(
    name: str, store: Store, s3reel: Runner, clip: Callable[[str], Path], tmp_path: Path
) -> None:
    source, destination = store.put(clip(name)), store.key("out.mp4")
    trace = tmp_path / "trace.txt"
    s3reel.process(
        *(store.url(source), store.url(destination), "--preset", "ultrafast"),
        *("--encoder-opt", "qp=0"),
        wrapper=("strace", "-f", "-qq", "-e", f"trace={CALLS}", "-o", str(trace)),
    )
    text = trace.read_text(encoding="utf-8", errors="replace")
    assert "O_RDONLY" in text, "strace saw nothing"
    assert written_files(text) == []


def test_a_job_runs_where_nothing_can_be_written(
    store: Store, s3reel: Runner, clip: Callable[[str], Path], tmp_path: Path
) -> None:
    source, destination = store.put(clip("noise.mp4")), store.key("out.mp4")
    flags = "-m" if os.geteuid() == 0 else "-rm"
    s3reel.process(
        *(store.url(source), store.url(destination), "--preset", "ultrafast"),
        *("--encoder-opt", "qp=0"),
        wrapper=("unshare", flags, "sh", "-c", READ_ONLY_WORLD, "sh"),
    )
    fetched = store.fetch(destination, tmp_path / "out.mp4")
    assert probe.frame_count(fetched) == FRAMES


def test_the_reported_peak_is_the_kernels(
    store: Store, s3reel: Runner, clip: Callable[[str], Path]
) -> None:
    source, destination = store.put(clip("large-moov-end.mp4")), store.key("out.mp4")
    result = s3reel.process(
        *(store.url(source), store.url(destination), "--preset", "ultrafast"), report=True
    )
    assert result.report is not None
    said, seen = result.report["peak_memory"], result.peak_kib * 1024
    assert 0.9 * seen <= said <= 1.1 * seen


def test_buffers_are_not_touched_ahead_of_need(
    store: Store, s3reel: Runner, clip: Callable[[str], Path]
) -> None:
    """A short job does not pay for parts and read-ahead that a long one may need."""
    source, destination = store.put(clip("small.mp4")), store.key("out.mp4")
    urls = (store.url(source), store.url(destination), "--threads", "1", "--preset", "ultrafast")
    usual = s3reel.process(*urls)
    roomy = s3reel.process(*urls, "--memory", "2G", "--read-ahead", "512M", "--part-size", "256M")
    assert roomy.peak_kib - usual.peak_kib < 16 * 1024
