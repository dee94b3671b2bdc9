"""A wheel, installed in a fresh venv outside the tree; `make wheel` runs these tests on what it made."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from support import paths  # noqa: E402
from support.fixtures import clip, store  # noqa: E402, F401
from support.pictures import Clip, make_clip  # noqa: E402

sys.path.insert(0, str(paths.REPO / "tools" / "lib"))

from installed import Installed  # noqa: E402


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--wheel", type=Path, help="the file to try out")


@pytest.fixture(scope="session")
def wheel(request: pytest.FixtureRequest) -> Path:
    given = request.config.getoption("--wheel")
    assert given, "--wheel FILE says which; `make wheel` makes one and runs these tests"
    return given.resolve()


@pytest.fixture(scope="session")
def installed(wheel: Path) -> Iterator[Installed]:
    with tempfile.TemporaryDirectory(prefix="s3reel-wheel-") as folder:
        venv = Path(folder).resolve() / "venv"
        assert not venv.is_relative_to(paths.REPO), f"{venv} is in the tree; set TMPDIR"
        subprocess.run(["/usr/bin/python3", "-m", "venv", str(venv)], check=True)
        there = Installed(venv)
        there.pip("--disable-pip-version-check", "install", str(wheel))
        yield there


@pytest.fixture(scope="session")
def rgb(tmp_path_factory: pytest.TempPathFactory) -> Clip:
    return make_clip(tmp_path_factory.mktemp("rgb") / "rgb.mkv", "bgr0", "96x64", "pc")
