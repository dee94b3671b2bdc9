"""Pictures, regions and videos that ops ask for, out of the store: the same as from a file here."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from support import pictures, probe
from support.runner import Runner
from support.store import Store

REGIONS = '{"regions": [{"x": 8, "y": 8, "w": 24, "h": 16}]}'


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("files")
    named = {name: folder / name for name in ("in.mkv", "small.mkv", "logo.png", "regions.json")}
    for name, size in (("in.mkv", "96x64"), ("small.mkv", "16x16")):
        picture = f"testsrc2=size={size}:rate=10:duration=0.6,format=yuv420p"
        probe.ffmpeg("-f", "lavfi", "-i", picture, "-c:v", "ffv1", named[name])
    logo = "color=red@0.5:size=20x10,format=rgba"
    probe.ffmpeg("-f", "lavfi", "-i", logo, "-frames:v", "1", named["logo.png"])
    named["regions.json"].write_text(REGIONS)
    return named


def small_corner(url: str) -> list[str]:
    return ["--filter", "[in][b]overlay=8:8", "--filter-input", f"b={url}"]


STEPS: dict[str, Callable[[str], list[str]]] = {
    "logo.png": lambda url: ["--op", f"watermark:file={url},at=top-right"],
    "regions.json": lambda url: ["--op", f"redact:file={url}"],
    "small.mkv": small_corner,
}


@pytest.mark.parametrize("name", STEPS)
def test_a_file_of_an_op_may_lie_in_the_store(
    s3reel: Runner, store: Store, files: dict[str, Path], tmp_path: Path, name: str
) -> None:
    url = store.url(store.put(files[name]))
    presigned = s3reel.run("presign", url).stdout.strip()
    made = []
    for place in (str(files[name]), url, presigned.replace(",", "\\,")):
        result = tmp_path / f"{len(made)}.mkv"
        options = [*STEPS[name](place), *pictures.LOSSLESS]
        done = s3reel.run("process", str(files["in.mkv"]), str(result), *options)
        assert done.code == 0, (place, done.stderr)
        made.append(pictures.raw(result))
    assert made[0] == made[1] == made[2]
    assert made[0] != pictures.raw(files["in.mkv"])


@pytest.mark.parametrize("name", STEPS)
def test_one_that_is_not_there_is_named(
    s3reel: Runner, store: Store, files: dict[str, Path], tmp_path: Path, name: str
) -> None:
    url = store.url(f"nosuch/{name}")
    done = s3reel.run("process", str(files["in.mkv"]), str(tmp_path / "r.mkv"), *STEPS[name](url))
    assert done.code == 4 and url in done.stderr and "NoSuchKey" in done.stderr, done
    assert not (tmp_path / "r.mkv").exists()
