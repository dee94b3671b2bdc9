"""Memory stays where it is, however many frames pass through Python."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import s3reel

from support import probe

MIB = 1 << 20
GROWTH = 8 * MIB


def resident() -> int:
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) * 1024
    raise AssertionError("no VmRSS")


@pytest.fixture(scope="module")
def long_film(tmp_path_factory: pytest.TempPathFactory, pytestconfig: pytest.Config) -> Path:
    frames = pytestconfig.getoption("--frames")
    path = tmp_path_factory.mktemp("long") / "long.mkv"
    probe.ffmpeg(
        *("-f", "lavfi", "-i", f"color=gray:size=64x64:rate=1000:duration={frames / 1000}"),
        *("-c:v", "libx264", "-preset", "ultrafast", "-g", "1000", "-pix_fmt", "yuv420p", path),
    )
    return path


@pytest.mark.timeout(3600)
def test_frames_through_a_callable_leave_nothing(
    long_film: Path, tmp_path: Path, pytestconfig: pytest.Config
) -> None:
    """Growth from a tenth of the frames on."""
    frames = pytestconfig.getoption("--frames")
    seen, before = 0, 0

    def brighter(frame: np.ndarray) -> np.ndarray:
        nonlocal seen, before
        seen += 1
        if seen == frames // 10:
            before = resident()
        return frame + 1

    report = s3reel.process(
        long_film, tmp_path / "out.mkv", brighter, video_codec="libx264", preset="ultrafast"
    )
    grown = resident() - before
    assert report["frames"]["muxed"] == seen == frames
    print(f"{frames} frames: grown by {grown / MIB:.1f} MiB since the first tenth")
    assert grown <= GROWTH


def test_frames_looked_at_leave_nothing(long_film: Path) -> None:
    before = 0
    with s3reel.open(long_film) as video:
        for number, frame in enumerate(video.frames()):
            assert frame.array.shape == (64, 64, 3)
            if number == 2000:
                before = resident()
    assert resident() - before <= GROWTH
