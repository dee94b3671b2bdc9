"""Filter graphs with other videos going in: what ffmpeg makes of the same graph."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from support import pictures, probe
from support.pictures import LOSSLESS, Clip
from support.runner import Runner


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Another rate, another size, half as long."""
    path = tmp_path_factory.mktemp("small") / "small.mkv"
    probe.ffmpeg(
        *("-f", "lavfi", "-i", "mandelbrot=size=32x24:rate=15"),
        *("-t", "0.3", "-pix_fmt", "yuv420p", "-c:v", "ffv1", path),
    )
    return path


def by_ffmpeg(first: Path, second: Path, graph: str) -> bytes:
    args = ["ffmpeg", "-hide_banner", "-nostdin", "-v", "error", "-i", str(first), "-i", str(second)]
    args += ["-filter_complex", graph, "-fps_mode", "passthrough", "-f", "rawvideo", "-"]
    return subprocess.run(args, capture_output=True, check=True, timeout=60).stdout


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ("[in][b]overlay=5:7", "[0][1]overlay=5:7"),
        ("[b]pad=96:64[c];[in][c]blend=average", "[1]pad=96:64[c];[0][c]blend=average"),
        ("[in][b]overlay=eof_action=pass[out]", "[0][1]overlay=eof_action=pass"),
        ("[b]hflip[c];[in]vflip[d];[d][c]overlay", "[1]hflip[c];[0]vflip[d];[d][c]overlay"),
    ],
)
def test_other_videos_go_into_a_graph(
    s3reel: Runner, clip: Callable[..., Clip], small: Path, ours: str, theirs: str
) -> None:
    source, result = clip().path, s3reel.folder / "result.mkv"
    done = s3reel.run(
        *("process", str(source), str(result), "--filter", ours, "--filter-input", f"b={small}"),
        *LOSSLESS,
    )
    assert done.code == 0, done
    assert pictures.raw(result) == by_ffmpeg(source, small, theirs)


def test_a_video_may_follow_the_other(
    s3reel: Runner, clip: Callable[..., Clip], tmp_path: Path
) -> None:
    first, result = clip().path, s3reel.folder / "result.mkv"
    done = s3reel.run(
        *("process", str(first), str(result), "--filter", "[in][b]concat"),
        *("--filter-input", f"b={first}", *LOSSLESS),
    )
    assert done.code == 0, done
    assert pictures.raw(result) == 2 * pictures.raw(first)


@pytest.fixture(scope="module")
def two_sizes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Ten frames in a second; behind the fifth the size is another, as when a stream is switched."""
    folder = tmp_path_factory.mktemp("sizes")
    parts = []
    for size in ("96x64", "64x48"):
        parts.append(folder / f"{size}.h264")
        probe.ffmpeg(
            *("-f", "lavfi", "-i", f"testsrc2=size={size}:rate=10:duration=0.5"),
            *("-c:v", "libx264", "-qp", "0", "-bf", "0", "-pix_fmt", "yuv420p", parts[-1]),
        )
    joined, path = folder / "joined.h264", folder / "sizes.ts"
    joined.write_bytes(b"".join(part.read_bytes() for part in parts))
    probe.ffmpeg("-r", "10", "-i", joined, "-c", "copy", path)
    return path


@pytest.mark.parametrize(("rate", "shown"), [(10, range(10)), (4, [n * 4 // 10 for n in range(10)])])
def test_an_input_goes_on_where_it_was_when_the_video_changes_its_size(
    s3reel: Runner, two_sizes: Path, tmp_path: Path, rate: int, shown: Sequence[int]
) -> None:
    """The graph is built anew for the other size; which frame of the input is seen shows by its light."""
    numbers, result = tmp_path / "numbers.mkv", s3reel.folder / "result.mkv"
    light = f"color=black:s=16x16:r={rate}:d=2,geq=lum=20+N*10:cb=128:cr=128"
    probe.ffmpeg("-f", "lavfi", "-i", light, "-pix_fmt", "yuv420p", "-c:v", "ffv1", numbers)
    done = s3reel.run(
        *("process", str(two_sizes), str(result)),
        *("--filter", "[in]scale=96:64[a];[a][b]overlay", "--filter-input", f"b={numbers}"),
        *LOSSLESS,
    )
    assert done.code == 0, done
    frames = pictures.planes(pictures.raw(result), Clip(result, "yuv420p", 96, 64))
    found = [int(frame[0][8, 8]) for frame in frames]
    assert found[:10] == [20 + 10 * n for n in shown]


def test_an_input_that_is_broken_is_no_failure_of_the_op(
    s3reel: Runner, clip: Callable[..., Clip], tmp_path: Path
) -> None:
    """Half of a film whose end is only missed when it is reached."""
    whole, half = tmp_path / "whole.mp4", tmp_path / "half.mp4"
    probe.ffmpeg(
        *("-f", "lavfi", "-i", "testsrc2=size=96x64:rate=25:duration=4"),
        *("-c:v", "libx264", "-g", "5", "-movflags", "frag_keyframe+empty_moov", whole),
    )
    half.write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])
    done = s3reel.run(
        *("process", str(clip().path), str(s3reel.folder / "r.mkv"), "--filter", "[in][b]concat"),
        *("--filter-input", f"b={half}", "--on-op-error", "skip-op", *LOSSLESS),
    )
    assert done.code == 3 and "half.mp4" in done.stderr, done
    assert not (s3reel.folder / "r.mkv").exists()


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--filter", "[in][b]overlay"], "--filter-input b="),
        (["--filter", "overlay", "--filter-input", "b=SMALL"], "open"),
        (["--filter", "hflip", "--filter-input", "b=SMALL"], "named for it"),
        (["--filter-input", "b=SMALL"], "no --filter before it"),
        (["--filter", "[in][b]overlay", "--filter-input", "b"], "key=value"),
        (["--filter", "reverse"], "memory"),
        (["--filter", "[in]null[x];[b]null[y];[x]nullsink;[y]null", "--filter-input", "b=NOSUCH"], "nosuch"),
    ],
)
def test_inputs_that_do_not_fit_are_refused(
    s3reel: Runner, clip: Callable[..., Clip], small: Path, options: list[str], words: str
) -> None:
    given = [one.replace("SMALL", str(small)).replace("NOSUCH", "/nosuch.mkv") for one in options]
    done = s3reel.run("process", str(clip().path), str(s3reel.folder / "r.mkv"), *given)
    assert done.code in (2, 4) and words in done.stderr.replace("\n", " "), done
    assert not (s3reel.folder / "r.mkv").exists()


@pytest.mark.parametrize(
    "graph", ["[in]split[a][b];[a][b]hstack", "[in]split[a][b];[a][b]mix", "tmix=frames=3"]
)
def test_frames_that_a_graph_gives_no_duration_have_the_usual_one(
    s3reel: Runner, clip: Callable[..., Clip], graph: str
) -> None:
    result = s3reel.folder / "result.mp4"
    done = s3reel.run("process", str(clip().path), str(result), "--filter", graph)
    assert done.code == 0, done
    assert float(probe.media(result).video.raw["duration"]) == pytest.approx(pictures.FRAMES / 10)


@pytest.mark.parametrize("graph", ["select=0", "trim=start=50"])
def test_a_graph_that_leaves_no_frame_is_to_blame_itself(
    s3reel: Runner, clip: Callable[..., Clip], graph: str
) -> None:
    result = s3reel.folder / "result.mkv"
    done = s3reel.run("process", str(clip().path), str(result), "--filter", graph)
    assert done.code == 6 and "none of 6 frames" in done.stderr, done
    assert not result.exists()


@pytest.mark.parametrize("graph", ["setpts=PTS-5/TB", "setpts=PTS+1e12/TB"])
def test_times_that_cannot_be_are_refused(
    s3reel: Runner, clip: Callable[..., Clip], graph: str
) -> None:
    result = s3reel.folder / "result.mp4"
    done = s3reel.run("process", str(clip().path), str(result), "--filter", graph)
    assert done.code == 6 and "cannot be" in done.stderr, done
    assert not result.exists()
