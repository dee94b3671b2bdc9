"""Runs s3reel as a user would, in an environment that holds nothing of the caller's."""

from __future__ import annotations

import functools
import json
import os
import signal
import subprocess
import tempfile
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import jsonschema

from . import paths

SANITIZERS = ("ASAN_OPTIONS", "LSAN_OPTIONS", "UBSAN_OPTIONS", "TSAN_OPTIONS")
POLL_S = 0.02


@functools.cache
def report_schema() -> dict[str, Any]:
    """The published one; every report of every test is held to it."""
    return json.loads((paths.REPO / "docs" / "report.schema.json").read_text(encoding="utf-8"))


@dataclass
class Result:
    args: list[str]
    code: int  # as a shell shows it: 128 + signal number for a killed program
    stdout: str
    stderr: str
    seconds: float
    peak_kib: int  # VmHWM as last seen
    report: dict[str, Any] | None

    def __str__(self) -> str:
        return (
            f"{' '.join(self.args)}\nexit {self.code} after {self.seconds:.1f} s\n"
            f"stdout: {self.stdout[-2000:]}\nstderr: {self.stderr[-4000:]}"
        )


class Running:
    """One program under way; its output goes to files, so that it never blocks on us."""

    def __init__(
        self,
        args: list[str],
        env: dict[str, str],
        folder: Path,
        report: Path,
        stderr: int | None = None,  # instead of the file
    ) -> None:
        self.args = args
        self._folder = folder
        self._report = report
        self._began = time.monotonic()
        self._peak_kib = 0
        with self._output("stdout").open("wb") as out, self._output("stderr").open("wb") as err:
            self.process = subprocess.Popen(
                args,
                env=env,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=err if stderr is None else stderr,
            )
        self._watcher = threading.Thread(target=self._watch, daemon=True)
        self._watcher.start()

    def _output(self, name: str) -> Path:
        return self._folder / name

    def _watch(self) -> None:
        """VmHWM only grows, so the last value seen misses at most one poll interval."""
        status = Path(f"/proc/{self.process.pid}/status")
        while self.process.returncode is None:
            try:
                text = status.read_text(encoding="ascii")
            except OSError:
                return
            for line in text.splitlines():
                if line.startswith("VmHWM:"):
                    self._peak_kib = max(self._peak_kib, int(line.split()[1]))
            time.sleep(POLL_S)

    def send(self, number: int) -> None:
        self.process.send_signal(number)

    def wait(self, timeout: float) -> Result:
        try:
            code = self.process.wait(timeout)
        except subprocess.TimeoutExpired:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait()
            stderr = self._output("stderr").read_text(errors="replace")
            raise TimeoutError(
                f"{' '.join(self.args)} had not ended after {timeout:.0f} s: {stderr[-3000:]}"
            ) from None
        self._watcher.join()
        report = None
        if self._report.exists() and self._report.stat().st_size:
            report = json.loads(self._report.read_text(encoding="utf-8"))
            jsonschema.validate(report, report_schema())
        return Result(
            args=self.args,
            code=128 - code if code < 0 else code,
            stdout=self._output("stdout").read_text(errors="replace"),
            stderr=self._output("stderr").read_text(errors="replace"),
            seconds=time.monotonic() - self._began,
            peak_kib=self._peak_kib,
            report=report,
        )


@dataclass
class Runner:
    env: dict[str, str]
    folder: Path
    secrets: list[str] = field(default_factory=list)  # words no output may hold
    limit_s: float = 300

    def environment(self, changes: dict[str, str] | None = None) -> dict[str, str]:
        home = self.folder / "home"
        home.mkdir(exist_ok=True)
        env = {
            "PATH": os.environ["PATH"],
            "HOME": str(home),
            "LANG": "C.UTF-8",
            "NO_PROXY": "127.0.0.1,localhost,.localhost",
            "AWS_CONFIG_FILE": "/dev/null",
            "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
            "AWS_EC2_METADATA_DISABLED": "true",
        }
        env |= {name: os.environ[name] for name in SANITIZERS if name in os.environ}
        env |= self.env
        for name, value in (changes or {}).items():
            if value == "":
                env.pop(name, None)
            else:
                env[name] = value
        return env

    def start(
        self,
        *args: str,
        env: dict[str, str] | None = None,
        wrapper: tuple[str, ...] = (),
        report: bool = False,
        stderr: int | None = None,
    ) -> Running:
        """`env` changes the environment; an empty value removes a variable."""
        folder = Path(tempfile.mkdtemp(prefix="run-", dir=self.folder))
        target = folder / "report.json"
        command = [*wrapper, str(paths.binary()), *args]
        if report:
            command += ["--report", str(target)]
        return Running(command, self.environment(env), folder, target, stderr)

    def run(
        self,
        *args: str,
        env: dict[str, str] | None = None,
        wrapper: tuple[str, ...] = (),
        report: bool = False,
        timeout: float | None = None,
    ) -> Result:
        running = self.start(*args, env=env, wrapper=wrapper, report=report)
        return self.check(running.wait(timeout or self.limit_s))

    def check(self, result: Result) -> Result:
        """What holds for every run: no crash, no secret in what it says."""
        said = result.stdout + result.stderr + json.dumps(result.report, ensure_ascii=False)
        for secret in self.secrets:
            assert secret not in said, "a secret in the output"
        for sign in ("AddressSanitizer", "runtime error:", "ThreadSanitizer"):
            assert sign not in result.stderr, str(result)
        assert result.code not in (134, 136, 139), f"crashed: {result}"
        return result

    def process(self, source: str, destination: str, *args: str, **options: Any) -> Result:
        """A grayscale job that must succeed."""
        command = ["process", source, destination, "--op", "grayscale", "--progress", "none"]
        result = self.run(*command, *args, **options)
        assert result.code == 0, str(result)
        return result
