"""`--tolerate`: damaged frames, counted and timed, as ffprobe sees the result."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from support import probe
from support.runner import Result, Runner
from support.store import Store

FRAMES = 100
DAMAGED = (30, 60)  # packets
FAST = ("--preset", "ultrafast")


def packets(path: Path) -> list[dict[str, str]]:
    command = ["ffprobe", "-v", "error", "-select_streams", "v", "-show_packets", "-of", "json"]
    done = subprocess.run([*command, str(path)], check=True, capture_output=True, text=True)
    return json.loads(done.stdout)["packets"]


@pytest.fixture
def damaged(clip: Callable[[str], Path], tmp_path: Path) -> Path:
    """Two pictures lose their second half."""
    data = bytearray(clip("noise.mp4").read_bytes())
    for index in DAMAGED:
        packet = packets(clip("noise.mp4"))[index]
        begin, size = int(packet["pos"]), int(packet["size"])
        data[begin + size // 2 : begin + size] = bytes(size - size // 2)
    path = tmp_path / "damaged.mp4"
    path.write_bytes(data)
    return path


def run(
    store: Store, s3reel: Runner, source: Path, *options: str, report: bool = True
) -> tuple[str, Result]:
    destination = store.key("out.mp4")
    urls = (store.url(store.put(source)), store.url(destination))
    return destination, s3reel.run("process", *urls, *FAST, *options, report=report)


@pytest.mark.parametrize("threads", ["1", "2", "4"])
@pytest.mark.parametrize("allowed", ["", "1"], ids=["none", "too-few"])
def test_more_damage_than_is_borne_is_an_error(
    allowed: str, threads: str, store: Store, s3reel: Runner, damaged: Path
) -> None:
    """Whatever the number of threads: decoders that conceal damage must not do it in silence."""
    options = ["--threads", threads, *(["--tolerate", allowed] if allowed else [])]
    destination, result = run(store, s3reel, damaged, *options)
    assert result.code == 3, str(result)
    assert "a damaged frame at" in result.stderr or "corrupt data at" in result.stderr
    assert store.left_behind(destination) == []


def test_damaged_frames_are_replaced_counted_and_timed(
    store: Store, s3reel: Runner, damaged: Path, tmp_path: Path
) -> None:
    destination, result = run(store, s3reel, damaged, "--tolerate", "2")
    assert result.code == 0 and result.report, str(result)
    times = [float(packets(damaged)[index]["pts_time"]) for index in DAMAGED]
    found = result.report["damaged"]
    assert [frame["fate"] for frame in found] == ["replaced"] * 2
    assert [frame["seconds"] for frame in found] == pytest.approx(times)
    assert result.report["frames"]["muxed"] == FRAMES
    assert any("2 damaged frames were tolerated" in loss for loss in result.report["losses"])
    assert "2 damaged frames were tolerated" in result.stderr
    fetched = store.fetch(destination, tmp_path / "out.mp4")
    assert probe.frame_count(fetched) == FRAMES


def test_an_undamaged_source_tolerates_nothing(
    store: Store, s3reel: Runner, clip: Callable[[str], Path]
) -> None:
    _, result = run(store, s3reel, clip("small.mp4"), "--tolerate", "5")
    assert result.code == 0 and result.report, str(result)
    assert result.report["damaged"] == []


def test_copied_video_cannot_be_tolerated(
    store: Store, s3reel: Runner, clip: Callable[[str], Path]
) -> None:
    options = ("--video-codec", "copy", "--tolerate", "1")
    _, result = run(store, s3reel, clip("small.mp4"), *options, report=False)
    assert result.code == 2 and "--tolerate" in result.stderr, str(result)


@pytest.mark.parametrize("codec", [("-c:v", "copy"), ("-c:v", "ffv1")], ids=["h264", "ffv1"])
def test_a_part_of_matroska_that_makes_no_sense_is_not_left_out(
    codec: tuple[str, ...], clip: Callable[[str], Path], s3reel: Runner, tmp_path: Path
) -> None:
    """libavformat goes on behind it with the next cluster, or ends, and says so in its log alone."""
    whole, damaged = tmp_path / "whole.mkv", tmp_path / "damaged.mkv"
    probe.ffmpeg("-i", clip("noise.mp4"), "-an", *codec, whole)
    data = bytearray(whole.read_bytes())
    begin = int(packets(whole)[FRAMES // 2]["pos"])  # of a block, with its head
    data[begin : begin + 16] = bytes(16)
    damaged.write_bytes(data)
    for options in ([], ["--video-codec", "copy"]):
        result = s3reel.run("process", str(damaged), str(tmp_path / "out.mkv"), *options)
        assert result.code == 3 and "is damaged" in result.stderr, str(result)
        assert not (tmp_path / "out.mkv").exists()


def test_damage_inside_a_packet_of_matroska_is_the_decoders(
    clip: Callable[[str], Path], s3reel: Runner, tmp_path: Path
) -> None:
    """The length of a NAL unit, over which libavcodec's parser complains as well."""
    film, source, damaged = clip("noise.mp4"), tmp_path / "whole.mkv", tmp_path / "damaged.mkv"
    probe.ffmpeg("-i", film, "-an", "-c:v", "copy", source)
    begin = int(packets(film)[FRAMES // 2 + 8]["pos"])
    data = bytearray(source.read_bytes())
    place = data.index(film.read_bytes()[begin : begin + 64])
    data[place : place + 4] = b"\x7f\xff\xff\xff"
    damaged.write_bytes(data)
    for options in (["--tolerate", "60", *FAST], ["--video-codec", "copy"]):
        result = s3reel.run("process", str(damaged), str(tmp_path / "out.mkv"), *options)
        assert result.code == 0, str(result)
