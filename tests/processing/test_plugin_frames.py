"""Frames in the hands of plugins: kept for longer than a call, made, shared, and named wrongly."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from support import pictures
from support.pictures import Clip
from support.plugins import build
from support.runner import Result, Runner


@pytest.fixture(scope="session")
def keeper(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(tmp_path_factory.mktemp("plugins"), "keeper", source="keeper.c")


@pytest.fixture(scope="session")
def window(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(tmp_path_factory.mktemp("plugins"), "window", source="window.cpp")


def process(s3reel: Runner, clip: Clip, plugin: str) -> tuple[Result, Path]:
    result = s3reel.folder / "result.mkv"
    words = ["process", str(clip.path), str(result), "--plugin", plugin, *pictures.LOSSLESS]
    return s3reel.run(*words), result


@pytest.mark.parametrize("what", ["leave", "close"])
def test_kept_frames_end_with_the_instance_at_the_latest(
    s3reel: Runner, clip: Callable[..., Clip], keeper: Path, what: str
) -> None:
    source = clip("yuv420p")
    done, result = process(s3reel, source, f"{keeper}:do={what}")
    assert done.code == 0, done
    assert "released nothing" not in done.stderr, done
    assert pictures.raw(result) == pictures.raw(source.path)


def test_a_plugin_in_cpp_may_drop_what_it_kept_in_any_call(
    s3reel: Runner, clip: Callable[..., Clip], window: Path
) -> None:
    source = clip("yuv420p")
    done, result = process(s3reel, source, str(window))
    assert done.code == 0, done
    assert pictures.raw(result) == pictures.raw(source.path)
    checked = s3reel.run("plugin", "check", str(window))
    assert checked.code == 0, checked


@pytest.mark.parametrize("what", ["share", "own"])
def test_what_is_kept_stays_as_it_was_while_the_other_is_written(
    s3reel: Runner, clip: Callable[..., Clip], keeper: Path, what: str
) -> None:
    source = clip("yuv420p")
    done, result = process(s3reel, source, f"{keeper}:do={what}")
    assert done.code == 0, done
    assert pictures.raw(result) == pictures.raw(source.path)


def test_a_plugin_in_cpp_is_told_that_it_writes_shared_pixels(
    s3reel: Runner, clip: Callable[..., Clip], window: Path
) -> None:
    source = clip("yuv420p")
    done, result = process(s3reel, source, f"{window}:do=write")
    assert done.code == 6 and "without make_writable()" in done.stderr, done
    done, result = process(s3reel, source, f"{window}:do=own")
    assert done.code == 0, done
    for frame in pictures.planes(pictures.raw(result), source):
        assert (frame[0][0] == 16).all()


@pytest.mark.parametrize("what", ["later-keep", "later-create"])
def test_a_frame_made_of_another_has_the_time_that_the_plugin_gave_that(
    s3reel: Runner, clip: Callable[..., Clip], keeper: Path, what: str
) -> None:
    done, _ = process(s3reel, clip("yuv420p"), f"{keeper}:do={what}")
    assert done.code == 0, done


@pytest.mark.parametrize("plugin", ["keeper", "window"])
def test_what_is_refused_may_be_borne_by_the_plugin(
    s3reel: Runner, clip: Callable[..., Clip], request: pytest.FixtureRequest, plugin: str
) -> None:
    source = clip("yuv420p")
    done, result = process(s3reel, source, f"{request.getfixturevalue(plugin)}:do=bear")
    assert done.code == 0, done
    assert pictures.raw(result) == pictures.raw(source.path)


@pytest.mark.parametrize("plugin", ["keeper", "window"])
def test_what_is_refused_is_the_reason_of_a_plugin_that_does_not_bear_it(
    s3reel: Runner, clip: Callable[..., Clip], request: pytest.FixtureRequest, plugin: str
) -> None:
    path = request.getfixturevalue(plugin)
    done, result = process(s3reel, clip("yuv420p"), f"{path}:do=refused")
    assert done.code == 6 and not result.exists(), done
    assert f"op {plugin} frame at 0.000 s" in done.stderr and "nosuchformat" in done.stderr, done


@pytest.mark.parametrize(
    ("plugin", "what", "words"),
    [
        ("keeper", "no-frame", "it named no frame, but NULL"),
        ("keeper", "emit-null", "it named no frame, but NULL"),
        ("keeper", "emit-twice", "it named a frame that it does not have"),
        ("window", "moved", "it named no frame, but NULL"),
    ],
)
def test_a_frame_that_is_none_fails_in_a_sentence(
    s3reel: Runner,
    clip: Callable[..., Clip],
    request: pytest.FixtureRequest,
    plugin: str,
    what: str,
    words: str,
) -> None:
    path = request.getfixturevalue(plugin)
    done, result = process(s3reel, clip("yuv420p"), f"{path}:do={what}")
    assert done.code == 6 and words in done.stderr, done
    assert not result.exists()


@pytest.mark.parametrize(
    ("what", "words"), [("release-null", "but NULL"), ("release-twice", "does not have")]
)
def test_the_release_of_no_frame_does_nothing_but_is_said(
    s3reel: Runner, clip: Callable[..., Clip], keeper: Path, what: str, words: str
) -> None:
    source = clip("yuv420p")
    done, result = process(s3reel, source, f"{keeper}:do={what}")
    assert done.code == 0, done
    assert "plugin keeper released nothing" in done.stderr and words in done.stderr, done
    assert pictures.raw(result) == pictures.raw(source.path)


def test_a_contract_of_an_unknown_temporal_is_refused(s3reel: Runner, keeper: Path) -> None:
    done = s3reel.run("plugin", "check", f"{keeper}:do=temporal")
    assert done.code == 2 and "temporal of 7" in done.stderr, done
    assert "plugin keeper" in done.stderr, done
