"""The other containers keep the same promises about time and picture as MP4."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from support import boxes, judge, media, probe
from support.runner import Runner
from support.store import Store

FAST = ("--preset", "ultrafast")
FILES = [
    "h264-bframes-aac51-moov-end.mp4",
    "h264-vfr-screen-recording-noaudio.mp4",
    "h264-phone-portrait-rotate.mp4",
    "h264-aac-fragmented.mp4",
    "vp9-opus-screencast.webm",
    "ts-h264-aac-start-10s.ts",
    "hevc10-hlg-dolbyvision-editlist-opengop-rotate.mp4",
]


@pytest.mark.parametrize("container", ["fmp4", "mov", "mkv"])
@pytest.mark.parametrize("name", FILES)
def test_times_and_picture_are_kept(
    name: str, container: str, store: Store, s3reel: Runner, tmp_path: Path
) -> None:
    path = media.file(name)
    source, destination = store.put(path), store.key("out")
    result = s3reel.process(
        *(store.url(source), store.url(destination), "--format", container),
        *(*FAST, "--video-codec", "libx264"),
    )
    pair = judge.Pair.of(path, store.fetch(destination, tmp_path / "out"))
    problems = judge.steps(pair) + judge.sync(pair) + judge.picture(pair)
    if len(pair.source_frames.ticks) != len(pair.result_frames.ticks):
        problems.append(f"{len(pair.result_frames.ticks)} frames")
    problems += judge.chroma(pair)
    if container == "mkv" and pair.source.video.rotation and "rotation" in result.stderr:
        problems = [p for p in problems if "rotation" not in p]  # not kept, but said
    if container != "mkv":  # Matroska counts in milliseconds
        problems += judge.time_base(pair)
        kinds = [box.kind for box in boxes.top_level(pair.result.path)]
        if ("moof" in kinds) != (container == "fmp4") or kinds.index("moov") > kinds.index("mdat"):
            problems.append(f"boxes {kinds[:6]}")
    assert not problems, "\n".join(problems)


def test_a_local_source_and_destination_give_what_the_store_gives(
    store: Store, s3reel: Runner, tmp_path: Path
) -> None:
    path = media.file("h264-sar-128x117.mp4")
    source, destination = store.put(path), store.key("out.mp4")
    pinned = (*FAST, "--threads", "1")
    s3reel.process(store.url(source), store.url(destination), *pinned)
    s3reel.process(str(path), str(tmp_path / "out.mp4"), *pinned)
    assert (tmp_path / "out.mp4").read_bytes() == store.read(destination)
    assert sorted(p.name for p in tmp_path.glob("*.mp4*")) == ["out.mp4"]


def test_standard_output_takes_a_fragmented_film(s3reel: Runner, tmp_path: Path) -> None:
    path = media.file("h264-sar-128x117.mp4")
    result = s3reel.run(
        *("process", str(path), "-", "--op", "grayscale", "--format", "fmp4", *FAST),
        wrapper=("sh", "-c", f'"$@" > {tmp_path / "out.mp4"}', "sh"),
    )
    assert result.code == 0, str(result)
    assert probe.frame_count(tmp_path / "out.mp4") == probe.frame_count(path)


def test_a_picture_that_changes_its_size_is_refused(
    store: Store, s3reel: Runner, tmp_path: Path
) -> None:
    streams = [h264(tmp_path / f"{size}.h264", size) for size in ("320x240", "640x360")]
    joined = tmp_path / "joined.h264"
    joined.write_bytes(b"".join(stream.read_bytes() for stream in streams))
    source, destination = store.put(joined), store.key("out.mp4")
    result = s3reel.run("process", store.url(source), store.url(destination), "--op", "grayscale", *FAST)
    assert result.code == 3, str(result)
    assert "from 320x240 to 640x360" in result.stderr, str(result)
    assert store.left_behind(destination) == []


def h264(path: Path, size: str) -> Path:
    picture = f"testsrc2=size={size}:rate=25:duration=1"
    subprocess.run(
        ["ffmpeg", "-v", "error", "-f", "lavfi", "-i", picture, "-pix_fmt", "yuv420p", str(path)],
        check=True,
        stdin=subprocess.DEVNULL,
    )
    return path
