"""The plugins of tests/processing/plugins, made into libraries as their users would make them."""

from __future__ import annotations

import subprocess
from pathlib import Path

from . import paths

SOURCES = paths.REPO / "tests" / "processing" / "plugins"
WARNINGS = ["-Wall", "-Wextra", "-Werror", "-Wno-unused"]
COMPILERS = {".c": ["gcc", "-std=c11"], ".cpp": ["g++", "-std=c++17"]}


def build(folder: Path, name: str = "trial", *defines: str, source: str = "trial.c") -> Path:
    library = folder / f"lib{name}.so"
    command = [*COMPILERS[Path(source).suffix], *WARNINGS, "-shared", "-fPIC", "-O1"]
    command += [f"-D{define}" for define in defines]
    command += [f"-I{paths.REPO / 'include'}", str(SOURCES / source), "-o", str(library)]
    subprocess.run(command, check=True)
    return library
