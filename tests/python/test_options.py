"""Options and names of a call: those of the command, whatever bytes a path holds."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import s3reel

from support import pictures
from support.pictures import Clip
from support.plugins import build

ODD = os.fsdecode(b"in \xff.mkv")


def plan_of_command(*words: object) -> dict:
    done = subprocess.run(
        [sys.executable, "-m", "s3reel", "process", *map(str, words), "--dry-run", "--report=-"],
        capture_output=True,
        check=True,
        timeout=120,
    )
    return json.loads(done.stdout)


def test_a_dry_run_returns_the_plan_of_the_command_and_writes_nothing(
    clip: Callable[..., Clip], tmp_path: Path
) -> None:
    source, there = clip().path, tmp_path / "r.mkv"
    plan = s3reel.process(source, there, "hflip", dry_run=True, crf=20)
    assert plan == plan_of_command(source, there, "--filter", "hflip", "--crf=20")
    assert plan["encoder"] and os.listdir(tmp_path) == []
    there.write_bytes(b"kept")
    with pytest.raises(s3reel.StoreRefused, match="exists"):
        s3reel.process(source, there, dry_run=True, no_clobber=True)
    assert s3reel.process(source, there, dry_run=False, crf=20)["frames"]["muxed"] == pictures.FRAMES


@pytest.mark.parametrize("dry_run", [False, True])
def test_the_report_is_written_as_well(
    clip: Callable[..., Clip], tmp_path: Path, dry_run: bool
) -> None:
    file = tmp_path / "r.json"
    returned = s3reel.process(clip().path, tmp_path / "r.mkv", dry_run=dry_run, report=file)
    assert json.loads(file.read_text()) == returned
    assert (tmp_path / "r.mkv").exists() is not dry_run


def test_the_report_of_a_job_that_failed_is_that_of_the_command(tmp_path: Path) -> None:
    (tmp_path / "notes.mp4").write_text("not a video at all\n" * 100)
    words, reports = [tmp_path / "notes.mp4", tmp_path / "r.mkv"], []
    with pytest.raises(s3reel.InputError):
        s3reel.process(*words, report=tmp_path / "r.json")
    reports.append(json.loads((tmp_path / "r.json").read_text()))
    command = [sys.executable, "-m", "s3reel", "process", *words, "--report", tmp_path / "r.json"]
    assert subprocess.run(command, capture_output=True, timeout=120).returncode == 3
    reports.append(json.loads((tmp_path / "r.json").read_text()))
    assert reports[0] == reports[1] and reports[0]["error"]["exit_code"] == 3


def test_a_report_that_cannot_be_written_is_said(clip: Callable[..., Clip], tmp_path: Path) -> None:
    with pytest.raises(s3reel.StoreRefused, match="report"):
        s3reel.process(clip().path, tmp_path / "r.mkv", report=tmp_path / "nosuch" / "r.json")
    assert os.listdir(tmp_path) == []


CONSOLE = {
    "help": True,
    "quiet": True,
    "verbose": True,
    "python": "mine.py:f",
    "report": "-",
}


@pytest.mark.parametrize("name", CONSOLE)
def test_what_is_the_consoles_is_refused(
    clip: Callable[..., Clip], tmp_path: Path, name: str
) -> None:
    with pytest.raises(s3reel.UsageError, match=f"^{name}.*option of the command alone"):
        s3reel.process(clip().path, tmp_path / "r.mkv", **{name: CONSOLE[name]})
    with pytest.raises(s3reel.UsageError, match="^op: .*give all steps"):
        s3reel.process(clip().path, tmp_path / "r.mkv", "hflip", op="grayscale")
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("name", [*CONSOLE, "dry_run", "progress"])
def test_a_writer_refuses_it_too(clip: Callable[..., Clip], tmp_path: Path, name: str) -> None:
    values: dict[str, object] = CONSOLE | {"dry_run": True, "progress": "bar", "report": "r.json"}
    with pytest.raises(s3reel.UsageError, match=f"^{name}.*option of the command alone"):
        s3reel.create(tmp_path / "r.mkv", clip().path, **{name: values[name]})
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("name", ["help", "json", "quiet", "verbose"])
@pytest.mark.parametrize("call", ["probe", "open", "open_source"])
def test_so_does_what_only_reads(clip: Callable[..., Clip], call: str, name: str) -> None:
    with pytest.raises(s3reel.UsageError, match=f"^{name}.*option of the command alone"):
        getattr(s3reel, call)(clip().path, **{name: True})


def test_progress_is_a_function(clip: Callable[..., Clip], tmp_path: Path) -> None:
    with pytest.raises(TypeError, match="progress is a function, not str"):
        s3reel.process(clip().path, tmp_path / "r.mkv", progress="bar")
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("kind", [str, os.fsencode, Path], ids=["str", "bytes", "Path"])
def test_a_path_may_hold_any_bytes(
    clip: Callable[..., Clip], tmp_path: Path, kind: Callable[[str], str | bytes | Path]
) -> None:
    source, result, copy = (kind(f"{tmp_path}/{name}{ODD}") for name in ("", "r", "c"))
    with s3reel.open_sink(source) as sink:
        sink.write(clip().path.read_bytes())
    assert sink.name == os.fsdecode(source)
    report = s3reel.process(source, result, report=kind(f"{tmp_path}/{ODD}.json"))
    assert report["frames"]["muxed"] == pictures.FRAMES
    assert s3reel.probe(result)["streams"]
    with s3reel.open(source) as video, s3reel.create(copy, video) as out:
        for frame in video:
            out.write(frame)
    with s3reel.open_source(copy) as file:
        assert file.read() == Path(os.fsdecode(copy)).read_bytes()
    corner = s3reel.filter("[in][small]overlay=1:1", small=source)
    s3reel.process(source, result, corner)
    assert len(os.listdir(tmp_path)) == 4


def test_the_command_takes_such_a_path(clip: Callable[..., Clip], tmp_path: Path) -> None:
    (tmp_path / ODD).write_bytes(clip().path.read_bytes())
    (tmp_path / "mine\udcff.py").write_text("def same(frame):\n    return frame\n")
    words = ["process", ODD, "r.mkv", "--python", "mine\udcff.py:same"]
    done = subprocess.run(
        [sys.executable, "-m", "s3reel", *words], cwd=tmp_path, capture_output=True, timeout=120
    )
    assert done.returncode == 0 and (tmp_path / "r.mkv").exists(), done.stderr


@pytest.mark.parametrize("name", ["a:b", "a,b=c", "a\\b", "a\udcffb"])
def test_the_path_of_a_plugin_is_no_grammar(
    clip: Callable[..., Clip], tmp_path: Path, name: str
) -> None:
    folder = tmp_path / name
    folder.mkdir()
    library = build(tmp_path).rename(folder / "libtrial.so")
    result = tmp_path / "r.mkv"
    how = {"video_codec": "ffv1", "format": "mkv"}
    for path in (library, str(library), os.fsencode(library)):
        s3reel.process(clip().path, result, s3reel.plugin(path, do="write"), **how)
        before, now = (np.frombuffer(pictures.raw(one), np.uint8) for one in (clip().path, result))
        assert (before != now).any()
    with pytest.raises(s3reel.UsageError, match="plugin"):
        s3reel.process(clip().path, result, s3reel.plugin(""))
