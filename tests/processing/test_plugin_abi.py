"""What a plugin is given through the C ABI, seen by one that writes it down."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from support import media, probe
from support.pictures import FRAMES, LOSSLESS, Clip
from support.plugins import build
from support.runner import Result, Runner


@pytest.fixture(scope="session")
def witness(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(tmp_path_factory.mktemp("plugins"), "witness", source="witness.c")


def seen_by(
    s3reel: Runner, witness: Path, video: Path, *options: str, **parameters: str
) -> tuple[Result, list[str]]:
    notes = s3reel.folder / "notes"
    words = ",".join(f"{name}={value}" for name, value in {"file": str(notes), **parameters}.items())
    result = s3reel.folder / "result.mkv"
    plugin = ("--plugin", f"{witness}:{words}")
    done = s3reel.run("process", str(video), str(result), *plugin, *options, *LOSSLESS)
    return done, notes.read_text().splitlines() if notes.exists() else []


def first_frame(video: Path) -> dict:
    words = ["ffprobe", "-v", "error", "-select_streams", "v:0", "-read_intervals", "%+#1"]
    done = subprocess.run(
        [*words, "-show_frames", "-of", "json", str(video)], capture_output=True, check=True
    )
    return json.loads(done.stdout)["frames"][0]


def test_colours_and_side_data_are_those_of_the_frame(s3reel: Runner, witness: Path) -> None:
    video = media.file("hevc10-pq-hdr10-phone.mp4")
    done, notes = seen_by(s3reel, witness, video)
    assert done.code == 0, done
    frames = [line.split(";") for line in notes if line.startswith("frame ")]
    assert len(frames) == probe.frame_count(video)
    first = first_frame(video)
    colours = [first[f"color_{name}"] for name in ("range", "primaries", "transfer", "space")]
    for words, *side_data in frames:
        _, sized, format_, size, _, *found = words.split()
        assert sized == "1" and found == colours
        assert format_ == first["pix_fmt"] and size == f"{first['width']}x{first['height']}"
        assert all(data.startswith("1 ") for data in side_data)
    names = {data.split(" ", 2)[2] for data in frames[0][1:]}
    wanted = {data["side_data_type"] for data in first["side_data_list"]}
    assert {"Mastering display metadata", "Content light level metadata"} <= wanted & names


@pytest.mark.parametrize(("shared", "instances"), [("no", 3), ("yes", 1)])
def test_each_worker_has_an_instance_unless_it_may_be_shared(
    s3reel: Runner, witness: Path, clip: Callable[..., Clip], shared: str, instances: int
) -> None:
    video = clip("yuv420p").path
    done, notes = seen_by(s3reel, witness, video, "--op-threads", "3", shared=shared)
    assert done.code == 0, done
    assert notes.count("open") == notes.count("close") == instances
    assert sum(line.startswith("frame ") for line in notes) == FRAMES


@pytest.mark.parametrize(("where", "closed"), [("open", False), ("push", True), ("flush", True)])
def test_what_was_opened_is_closed_whatever_fails(
    s3reel: Runner, witness: Path, clip: Callable[..., Clip], where: str, closed: bool
) -> None:
    done, notes = seen_by(s3reel, witness, clip("yuv420p").path, "--op-threads", "3", fails=where)
    assert done.code in (2, 6) and "as it was told" in done.stderr and "witness" in done.stderr
    assert notes.count("open") == notes.count("close")
    assert (notes.count("close") > 0) == closed
    assert not (s3reel.folder / "result.mkv").exists()


def test_an_instance_whose_open_was_refused_something_is_closed(
    s3reel: Runner, witness: Path, clip: Callable[..., Clip]
) -> None:
    done, notes = seen_by(s3reel, witness, clip("yuv420p").path, fails="late")
    assert done.code == 2 and "plugin witness" in done.stderr and "but NULL" in done.stderr, done
    assert notes == ["open", "close"]
