"""The budget of the buffers: kept inside a memory cgroup, and refused where it is too small."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from support import paths, probe
from support.runner import Runner
from support.store import Store

MIB = 1024 * 1024
LIMIT = 448 * MIB  # ffmpeg alone reaches 335 MB with veryfast and 546 MB with medium
VERYFAST = ("--video-codec", "libx264", "--preset", "veryfast", "--threads", "2")


@pytest.fixture
def in_cgroup(tmp_path: Path) -> Callable[[int], tuple[str, ...]]:
    """What a command is wrapped with to run in a memory cgroup of so many bytes."""

    def wrapper(size: int) -> tuple[str, ...]:
        root = () if os.geteuid() == 0 else ("sudo", "-n", "-E")
        script = paths.REPO / "tests" / "support" / "in_cgroup.py"
        ids = (str(os.geteuid()), str(os.getegid()))
        return (*root, "unshare", "-m", "python3", str(script), str(size), *ids, facts)

    facts = str(tmp_path / "cgroup.json")
    return wrapper


@pytest.mark.parametrize("memory", ["64MiB", ""], ids=["64MiB", "default"])
def test_1080p_in_448_mib_is_not_killed(
    memory: str,
    store: Store,
    s3reel: Runner,
    clip: Callable[[str], Path],
    in_cgroup: Callable[[int], tuple[str, ...]],
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
) -> None:
    source, destination = store.put(clip("full-hd.mp4")), store.key("out.mp4")
    options = (*VERYFAST, *(["--memory", memory] if memory else []))
    result = s3reel.process(
        store.url(source), store.url(destination), *options, report=True, wrapper=in_cgroup(LIMIT)
    )
    facts = json.loads((tmp_path / "cgroup.json").read_text())
    assert result.report is not None
    budget = result.report["memory"]["budget"]
    with capfd.disabled():
        print(
            f"\n448 MiB cgroup v{facts['version']}, budget {budget // MIB} MiB:"
            f" limit {facts['limit'] // MIB} MiB, peak {facts['peak'] // MIB} MiB,"
            f" oom kills {facts['oom_kills']}"
        )
    assert facts["oom_kills"] == 0
    assert facts["peak"] <= LIMIT
    assert budget == (64 * MIB if memory else LIMIT // 4)
    assert result.report["memory"]["buffers"] <= budget
    fetched = store.fetch(destination, tmp_path / "out.mp4")
    assert probe.frame_count(fetched) == probe.frame_count(clip("full-hd.mp4"))


def test_the_cgroup_does_kill(
    s3reel: Runner,
    store: Store,
    clip: Callable[[str], Path],
    in_cgroup: Callable[[int], tuple[str, ...]],
    tmp_path: Path,
) -> None:
    """Otherwise the test above could not fail."""
    source, destination = store.put(clip("full-hd.mp4")), store.key("out.mp4")
    result = s3reel.run(
        "process",
        *(store.url(source), store.url(destination), *VERYFAST),
        wrapper=in_cgroup(100 * MIB),
    )
    assert result.code == 128 + 9, str(result)
    assert json.loads((tmp_path / "cgroup.json").read_text())["oom_kills"] > 0
    assert store.head(destination) is None


def test_a_budget_that_is_too_small_is_refused_before_anything_is_written(
    store: Store, s3reel: Runner, clip: Callable[[str], Path]
) -> None:
    source, destination = store.put(clip("full-hd.mp4")), store.key("out.mp4")
    urls = (store.url(source), store.url(destination))
    result = s3reel.run("process", *urls, "--memory", "20M")
    assert result.code == 2, str(result)
    assert "the buffers of this job need" in result.stderr
    smallest = result.stderr.split("--memory ")[1].split()[0]
    assert store.left_behind(destination) == []
    s3reel.process(*urls, *VERYFAST, "--memory", smallest)
