"""A venv with the wheel in it, and nothing that leads from there into the tree."""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

# What could lead to the module, the libraries or the packages of the tree.
LEADING = ("PYTHONPATH", "PYTHONHOME", "LD_LIBRARY_PATH", "LD_PRELOAD", "VIRTUAL_ENV")


@dataclass(frozen=True)
class Installed:
    venv: Path

    @property
    def interpreter(self) -> str:
        return str(self.venv / "bin" / "python")

    @property
    def module(self) -> list[str]:
        return [self.interpreter, "-m", "s3reel"]

    @property
    def script(self) -> list[str]:
        return [str(self.venv / "bin" / "s3reel")]

    def python(self, text: str, *arguments: str, **settings: str) -> str:
        return self.run([self.interpreter, "-c", text, *arguments], **settings)

    def pip(self, *arguments: str) -> str:
        return self.run([self.interpreter, "-m", "pip", "--no-input", "-q", *arguments])

    def run(self, command: list[str], **settings: str) -> str:
        """What it prints; it runs beside the venv and must succeed."""
        kept = {name: value for name, value in os.environ.items() if name not in LEADING}
        done = subprocess.run(
            command,
            cwd=self.venv.parent,
            env=kept | settings,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=300,
        )
        assert done.returncode == 0, f"{command}: exit {done.returncode}\n{done.stdout}{done.stderr}"
        return done.stdout
