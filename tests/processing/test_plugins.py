"""Plugins through the C ABI: a library in plain C, right and wrong ones, and the example."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from support import paths, pictures
from support.pictures import Clip
from support.plugins import build
from support.runner import Result, Runner


@pytest.fixture(scope="session")
def trial(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(tmp_path_factory.mktemp("plugins"))


def process(s3reel: Runner, clip: Clip, *options: str) -> tuple[Result, Path]:
    result = s3reel.folder / "result.mkv"
    done = s3reel.run(
        "process", str(clip.path), str(result), *options, *pictures.LOSSLESS, report=True
    )
    return done, result


@pytest.mark.parametrize("what", ["nothing", "delay"])
@pytest.mark.parametrize("format", ["yuv420p", "yuv420p10le", "bgr0"])
def test_a_plugin_that_hands_frames_on_changes_nothing(
    s3reel: Runner, clip: Callable[..., Clip], trial: Path, format: str, what: str
) -> None:
    source = clip(format, "97x65")
    done, result = process(s3reel, source, "--plugin", f"{trial}:do={what}", "--op-threads", "3")
    assert done.code == 0, done
    assert pictures.raw(result) == pictures.raw(source.path)


def test_a_plugin_may_write_and_make_frames(
    s3reel: Runner, clip: Callable[..., Clip], trial: Path
) -> None:
    source = clip("yuv420p")
    before = pictures.planes(pictures.raw(source.path), source)
    done, result = process(s3reel, source, "--plugin", f"{trial}:do=write")
    assert done.code == 0, done
    for now, was in zip(pictures.planes(pictures.raw(result), source), before, strict=True):
        assert (now[0][0] == 16).all()
        assert (now[0][1:] == was[0][1:]).all()
        assert (now[1] == was[1]).all() and (now[2] == was[2]).all()
    done, result = process(s3reel, source, "--plugin", f"{trial}:do=copy")
    assert done.code == 0, done
    for now, was in zip(pictures.planes(pictures.raw(result), source), before, strict=True):
        assert (now[0] == was[0]).all()


def test_a_plugin_that_declares_it_may_leave_frames_out(
    s3reel: Runner, clip: Callable[..., Clip], trial: Path
) -> None:
    source = clip("yuv420p")
    done, result = process(s3reel, source, "--plugin", f"{trial}:do=half")
    assert done.code == 0, done
    assert len(pictures.planes(pictures.raw(result), source)) == pictures.FRAMES // 2


BROKEN = {
    "drop": "no frame for one",
    "later": "changed the frame's time",
    "smaller": "48x32",
    "silent": "push returned 7",
}


@pytest.mark.parametrize("what", BROKEN)
def test_what_a_contract_does_not_allow_ends_the_job(
    s3reel: Runner, clip: Callable[..., Clip], trial: Path, what: str
) -> None:
    done, result = process(s3reel, clip("yuv420p"), "--plugin", f"{trial}:do={what}")
    assert done.code == 6, done
    assert BROKEN[what] in done.stderr and "trial" in done.stderr, done
    assert not result.exists()


def test_conversions_are_said_once(s3reel: Runner, clip: Callable[..., Clip]) -> None:
    source = clip("yuv420p")
    steps = ["--op", "sepia", "--op-threads", "3", "-v"]
    done = s3reel.run("process", str(source.path), str(s3reel.folder / "r.mkv"), *steps)
    assert done.code == 0, done
    there = re.findall(r"yuv420p becomes (\w+) for op sepia", done.stderr)
    back = re.findall(r"(\w+) becomes yuv420p for the encoder", done.stderr)
    assert len(there) == 1 and there == back, done.stderr


def test_conversions_between_filters_are_said(
    s3reel: Runner, clip: Callable[..., Clip]
) -> None:
    source = clip("yuv420p")
    graph = ["--filter", "negate,format=gbrp,hflip", "-v"]
    done = s3reel.run("process", str(source.path), str(s3reel.folder / "r.mkv"), *graph)
    assert done.code == 0, done
    assert "yuv420p becomes gbrp between filters" in done.stderr


def test_a_failure_names_the_op_the_time_and_the_reason(
    s3reel: Runner, clip: Callable[..., Clip], trial: Path
) -> None:
    done, result = process(s3reel, clip("yuv420p"), "--plugin", f"{trial}:do=fail")
    assert done.code == 6, done
    assert "trial" in done.stderr and "0.200 s" in done.stderr and "out of ink" in done.stderr
    assert not result.exists()


@pytest.mark.parametrize("action", ["skip-op", "drop-frame"])
def test_failures_may_be_borne(
    s3reel: Runner, clip: Callable[..., Clip], trial: Path, action: str
) -> None:
    source = clip("yuv420p")
    plugin = ("--plugin", f"{trial}:do=fail", "--on-op-error", action)
    done, result = process(s3reel, source, *plugin)
    assert done.code == 0, done
    wanted = pictures.FRAMES if action == "skip-op" else 2
    now = pictures.planes(pictures.raw(result), source)
    assert len(now) == wanted
    for frame, was in zip(now, pictures.planes(pictures.raw(source.path), source)):
        assert all((a == b).all() for a, b in zip(frame, was))
    assert done.report is not None
    failures = done.report["op_failures"]
    assert [round(one["seconds"], 3) for one in failures] == [0.2, 0.3, 0.4, 0.5]
    assert {one["reason"] for one in failures} == {"out of ink"}
    assert {one["op"] for one in failures} == {"trial"}
    assert "4 frames" in done.stderr


def test_one_failure_more_than_allowed_ends_the_job(
    s3reel: Runner, clip: Callable[..., Clip], trial: Path
) -> None:
    plugin = ("--plugin", f"{trial}:do=fail", "--on-op-error", "skip-op", "--max-op-errors")
    done, result = process(s3reel, clip("yuv420p"), *plugin, "3")
    assert done.code == 6, done
    assert "3 frames before" in done.stderr and not result.exists()
    done, _ = process(s3reel, clip("yuv420p"), *plugin, "4")
    assert done.code == 0, done


@pytest.mark.parametrize(
    ("defines", "words"),
    [
        (("WRONG_ABI",), "version 2"),
        (("NO_ENTRY",), "s3reel_plugin_entry"),
        (("NO_DESCRIBE",), "no describe"),
        (("NO_PLUGIN",), "returned nothing"),
        (("PLUGIN_SIZE=8",), "no s3reel_plugin"),
        (("PLUGIN_SIZE=40",), "shorter than the first version"),
    ],
)
def test_a_wrong_library_is_refused_in_a_sentence(
    s3reel: Runner,
    clip: Callable[..., Clip],
    tmp_path: Path,
    defines: tuple[str, ...],
    words: str,
) -> None:
    library = build(tmp_path, "wrong", *defines)
    for command in (
        ("process", str(clip("yuv420p").path), str(tmp_path / "r.mkv"), "--plugin", str(library)),
        ("plugin", "check", str(library)),
    ):
        done = s3reel.run(*command)
        assert done.code == 2, done
        assert words in done.stderr and str(library) in done.stderr, done


@pytest.mark.parametrize("path", ["./nosuch.so", "/etc/hostname"])
def test_what_is_no_library_is_refused(s3reel: Runner, path: str) -> None:
    done = s3reel.run("plugin", "check", path)
    assert done.code == 2 and path in done.stderr, done


def test_a_refused_parameter_and_an_unknown_format_are_found_before_the_job(
    s3reel: Runner, trial: Path
) -> None:
    for what, words in (("refuse", "do=refuse is refused"), ("unknown", "nosuchformat")):
        done = s3reel.run("process", "nosuch.mp4", "r.mkv", "--plugin", f"{trial}:do={what}")
        assert done.code == 2 and words in done.stderr, done


def test_check_shows_what_a_plugin_is_and_tries_it(s3reel: Runner, trial: Path) -> None:
    done = s3reel.run("plugin", "check", f"{trial}:do=nothing", "-v")
    assert done.code == 0, done
    for words in ("trial 1.0, does as it is told", "161x121: 8 frames in, 8 out", "ok"):
        assert words in done.stdout, done
    assert "trial is open" in done.stderr, done
    broken = s3reel.run("plugin", "check", f"{trial}:do=drop")
    assert broken.code == 6 and "no frame for one" in broken.stderr, broken


@pytest.fixture(scope="session")
def thrower(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(tmp_path_factory.mktemp("plugins"), "thrower", source="thrower.cpp")


THROWN = {
    "contract": (2, "plugin thrower"),
    "constructor": (2, "plugin thrower"),
    "push": (6, "op thrower frame at 0.300 s"),
    "flush": (6, "op thrower end of the video"),
}


@pytest.mark.parametrize("what", ["words", "number"])
@pytest.mark.parametrize("where", THROWN)
def test_what_a_plugin_in_cpp_throws_is_its_reason(
    s3reel: Runner, clip: Callable[..., Clip], thrower: Path, where: str, what: str
) -> None:
    plugin = ("--plugin", f"{thrower}:where={where},what={what}")
    done, result = process(s3reel, clip("yuv420p"), *plugin)
    code, who = THROWN[where]
    reason = "an exception of an unknown kind" if what == "number" else f"no light in {where}"
    assert done.code == code, done
    assert who in done.stderr and reason in done.stderr, done
    assert not result.exists()


def test_what_a_plugin_in_cpp_throws_in_push_may_be_borne(
    s3reel: Runner, clip: Callable[..., Clip], thrower: Path
) -> None:
    source = clip("yuv420p")
    plugin = ("--plugin", f"{thrower}:where=push", "--on-op-error", "skip-op")
    done, result = process(s3reel, source, *plugin)
    assert done.code == 0 and done.report is not None, done
    assert pictures.raw(result) == pictures.raw(source.path)
    found = [(round(one["seconds"], 3), one["reason"]) for one in done.report["op_failures"]]
    assert found == [(time, "no light in push") for time in (0.3, 0.4, 0.5)]
    done, result = process(s3reel, source, *(word.replace("push", "flush") for word in plugin))
    assert done.code == 6 and "no light in flush" in done.stderr, done


def test_a_frame_that_is_refused_is_not_the_wrappers_reason(
    s3reel: Runner, clip: Callable[..., Clip], thrower: Path
) -> None:
    done, _ = process(s3reel, clip("yuv420p"), "--plugin", f"{thrower}:where=twice")
    assert done.code == 6 and "several frames for one" in done.stderr, done
    assert "did not take" not in done.stderr, done


def test_the_example_builds_alone_and_darkens_the_corners(
    s3reel: Runner, clip: Callable[..., Clip], tmp_path: Path
) -> None:
    example = paths.REPO / "examples" / "plugin"
    build_folder = tmp_path / "build"
    configure = ["cmake", "-S", str(example), "-B", str(build_folder), "-G", "Ninja"]
    configure += [f"-DS3REEL_INCLUDE={paths.REPO / 'include'}", "-DBUILD_TESTING=OFF"]
    subprocess.run(configure, check=True, capture_output=True)
    subprocess.run(["cmake", "--build", str(build_folder)], check=True, capture_output=True)
    library = build_folder / "libvignette.so"
    source = clip("yuv420p")
    done, result = process(s3reel, source, "--plugin", f"{library}:strength=1")
    assert done.code == 0, done
    before = pictures.planes(pictures.raw(source.path), source)
    for now, was in zip(pictures.planes(pictures.raw(result), source), before, strict=True):
        assert now[0][0, 0] < 0.1 * was[0][0, 0] + 1
        assert abs(now[0][32, 48] - was[0][32, 48]) <= 1
        assert (now[1] == was[1]).all()
    refused = s3reel.run("plugin", "check", f"{library}:strength=2")
    assert refused.code == 2 and "from 0 to 1" in refused.stderr, refused
