"""The wheel carries what it needs, and is the same program as the command."""

from __future__ import annotations

import ast
from collections.abc import Callable
from pathlib import Path
from zipfile import ZipFile

import numpy as np
import pytest
import wheel_libraries

from installed import Installed
from support import paths, pictures
from support.pictures import LOSSLESS, Clip
from support.store import Store


def carried(wheel: Path) -> list[str]:
    return ZipFile(wheel).namelist()


@pytest.mark.parametrize(
    "ending",
    ["s3reel/_core.pyi", "s3reel/py.typed", "s3reel/__main__.py", "licenses/LICENSE", "licenses/NOTICE"],
)
def test_the_package_is_whole(wheel: Path, ending: str) -> None:
    assert [name for name in carried(wheel) if name.endswith(ending)]


@pytest.mark.parametrize("library", ["avcodec", "avfilter", "avformat", "avutil", "curl", "crypto"])
def test_it_carries_libraries(wheel: Path, library: str) -> None:
    assert "manylinux" in wheel.name
    assert [name for name in carried(wheel) if name.startswith(f"s3reel.libs/lib{library}-")]


def test_it_needs_no_library_but_the_systems(installed: Installed) -> None:
    core = installed.python("from s3reel import _core; print(_core.__file__)").strip()
    assert Path(core).is_relative_to(installed.venv)
    resolved = installed.run(["ldd", core])
    assert "s3reel.libs/libavcodec" in resolved
    assert wheel_libraries.outside(resolved, installed.venv) == []


def test_it_does_not_tell_where_it_was_made(wheel: Path) -> None:
    place = str(paths.REPO).encode()
    with ZipFile(wheel) as archive:
        assert [name for name in archive.namelist() if place in archive.read(name)] == []


def test_pip_misses_nothing(installed: Installed) -> None:
    installed.pip("check")


def test_the_stub_names_all_of_the_module(installed: Installed, wheel: Path) -> None:
    printed = installed.python("from s3reel import _core; print(*vars(_core))")
    names = {name for name in printed.split() if not name.startswith("__")}
    assert {"Frame", "process"} <= names
    stub = ast.parse(ZipFile(wheel).read("s3reel/_core.pyi"))
    assert sorted(names - {getattr(node, "name", "") for node in stub.body}) == []


def test_module_and_script_are_the_core_of_the_command(installed: Installed) -> None:
    command = installed.run([str(paths.binary()), "--version"]).splitlines()
    lines = installed.run([*installed.module, "--version"]).splitlines()
    assert lines[1].startswith("Python module, Python 3.")
    assert lines[:1] + lines[2:] == command
    assert installed.run([*installed.script, "--version"]).splitlines() == lines


def test_an_object_is_the_one_that_the_command_makes(
    installed: Installed, store: Store, clip: Callable[[str], Path]
) -> None:
    source, made = store.put(clip("small.mp4")), []
    for number, program in enumerate(([str(paths.binary())], installed.script, installed.module)):
        made.append(store.key(f"{number}.mp4"))
        job = ["process", store.url(source), store.url(made[-1]), "--op", "grayscale"]
        installed.run([*program, *job], **store.environment())
    command, script, module = map(store.read, made)
    assert len(command) > 100_000
    assert script == command
    assert module == command


def test_a_callable_of_a_file(
    installed: Installed, store: Store, rgb: Clip, tmp_path: Path
) -> None:
    (tmp_path / "mine.py").write_text("def negative(frame):\n    return 255 - frame\n")
    source, made = store.put(rgb.path), store.key("negative.mkv")
    step = ["--python", f"{tmp_path}/mine.py:negative", *LOSSLESS]
    job = ["process", store.url(source), store.url(made), *step]
    installed.run([*installed.script, *job], **store.environment())
    found = store.fetch(made, tmp_path / "negative.mkv")
    before = np.frombuffer(pictures.raw(rgb.path, format="rgb24"), np.uint8)
    assert (np.frombuffer(pictures.raw(found, format="rgb24"), np.uint8) == 255 - before).all()


PROGRAM = """
import sys, s3reel
source, result = sys.argv[1:]
report = s3reel.process(source, result, lambda frame: 255 - frame)
with s3reel.open(result) as video:
    shown = sum(1 for frame in video.frames() if frame.array.shape == (64, 96, 3))
print(report["frames"]["muxed"], shown)
"""


def test_a_program_of_ones_own(installed: Installed, store: Store, rgb: Clip) -> None:
    urls = [store.url(store.put(rgb.path)), store.url(store.key("negative.mp4"))]
    printed = installed.python(PROGRAM, *urls, **store.environment())
    assert printed.split() == [str(pictures.FRAMES)] * 2


def test_the_carried_libraries_speak_https(installed: Installed, store: Store, rgb: Clip) -> None:
    assert store.https_endpoint, "this store offers no https: tools/rgw run --tls"
    secure = {"AWS_ENDPOINT_URL_S3": store.https_endpoint, "AWS_CA_BUNDLE": store.ca_file}
    job = [*installed.script, "probe", store.url(store.put(rgb.path))]
    assert "ffv1" in installed.run(job, **store.environment() | secure)
