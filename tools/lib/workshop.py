"""A copy of the tree in which the code may be broken, built and judged; tools/mutations works there."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import signal
import subprocess
import threading
from dataclasses import dataclass
from pathlib import Path

import clean_env
import tree

PYTHON = tree.ROOT / "build" / "venv" / "bin" / "python"
# A break may make a test wait for ever, which is one way of being caught. Generous: a whole run of
# the slowest judge takes a fraction of it.
UNIT_LIMIT = 60.0
E2E_LIMIT = 1200.0
LEFT_BEHIND = 60.0  # seconds that a stopped judge gets to end what it started


class Unusable(Exception):
    """The verdict for a patch that could not be judged."""


class Stopped(Exception):
    """stop() was called."""


@dataclass
class Outcome:
    green: bool
    failed: list[str]  # names of the tests that failed, crashed or hung
    output: str


def is_pytest(judge: str) -> bool:
    return ".py" in shlex.split(judge)[0]


def target_of(judge: str) -> str:
    if not is_pytest(judge):
        return shlex.split(judge)[0]
    return "python_package" if judge.startswith("tests/python/") else "s3reel"


def git_apply(patch: Path, where: Path, *options: str) -> str:
    # A copy may lie inside a repository, whose git would take the paths for its own.
    shielded = os.environ | {"GIT_CEILING_DIRECTORIES": str(where.parent)}
    done = subprocess.run(
        ["git", "-c", "safe.directory=*", "apply", *options, str(patch)],
        cwd=where,
        env=shielded,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise Unusable("DOES NOT APPLY: " + done.stderr.strip().replace("\n", "; "))
    return done.stdout


class Workshop:
    """`place` holds the copy and what is built of it. One thread works in it; any may call stop()."""

    def __init__(self, place: Path, jobs: int) -> None:
        self._place, self._jobs = place, jobs
        self._copy, self._out = place / "tree", place / "build"
        self._over = threading.Event()
        self._environment = self._judges_environment()

    def stop(self) -> None:
        """What runs is ended, and nothing new begins: both raise Stopped."""
        self._over.set()

    def copy_tree(self) -> None:
        """Only what differs is written, so that a second run builds little."""
        self._copy.mkdir(parents=True, exist_ok=True)
        wanted = {path.relative_to(tree.ROOT) for path in tree.files(".")}
        for path in self._copy.rglob("*"):
            where = path.relative_to(self._copy)
            if path.is_file() and where not in wanted and where.parts[0] != "build":
                path.unlink()
        for where in wanted:
            self._restore(where)

    def _restore(self, where: Path) -> None:
        original, copied = tree.ROOT / where, self._copy / where
        if not copied.exists() or copied.read_bytes() != original.read_bytes():
            copied.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(original, copied)  # with the time of now, which ninja goes by

    def configure(self) -> None:
        code, output, _ = self._run(
            ["cmake", "-G", "Ninja", "-S", str(self._copy), "-B", str(self._out)]
            + ["-DCMAKE_BUILD_TYPE=Release", "-DS3REEL_WERROR=OFF"]
            + ["-DCMAKE_CXX_FLAGS_RELEASE=-O1 -DNDEBUG"]
            + ([f"-DPython_EXECUTABLE={PYTHON}", "-DS3REEL_PYTHON=ON"] if PYTHON.exists() else [])
        )
        if code != 0:
            raise SystemExit(f"mutations: cmake could not configure {self._out}\n{output[-2000:]}")

    def ask(self, judge: str) -> Outcome:
        """Builds what the judge needs, and asks it."""
        self._build(target_of(judge))
        words = shlex.split(judge)
        if is_pytest(judge):
            command = [str(PYTHON), "-m", "pytest", "-q", "-rf", "-p", "no:cacheprovider", *words]
            return _read_pytest(*self._run(command, E2E_LIMIT))
        programs = sorted(self._out.rglob(words[0]))
        if not programs:
            raise Unusable(f"there is no program {words[0]}")
        return _read_gtest(*self._run([str(programs[0]), "--gtest_color=no", *words[1:]], UNIT_LIMIT))

    def ask_broken(self, patch: Path, judge: str) -> Outcome:
        files: list[Path] = []
        try:
            listed = git_apply(patch, self._copy, "--numstat").splitlines()
            files = [Path(line.split("\t")[2]) for line in listed]
            git_apply(patch, self._copy)
            return self.ask(judge)
        finally:
            for where in files:
                self._restore(where)

    def _build(self, target: str) -> None:
        code, output, _ = self._run(["ninja", "-C", str(self._out), f"-j{self._jobs}", target])
        if code != 0:
            errors = [line for line in output.splitlines() if "error:" in line]
            raise Unusable("DOES NOT BUILD: " + (errors or output.strip().splitlines())[0])

    def _judges_environment(self) -> dict[str, str]:
        chosen = clean_env.clean() | {
            "LC_ALL": "C.UTF-8",
            "PYTHONDONTWRITEBYTECODE": "1",
            "S3REEL_BIN": str(self._out / "s3reel"),
            "PYTHONPATH": str(self._out / "package"),
            # What one workshop has compiled is found by the next, whose paths differ.
            "CCACHE_BASEDIR": str(self._place),
            "CCACHE_NOHASHDIR": "1",
        }
        for folder in (tree.ROOT / "shared", tree.ROOT.parent / "shared"):
            if folder.is_dir():
                chosen.setdefault("S3REEL_SHARED", str(folder))
        return chosen

    def _run(self, command: list[str], limit: float = float("inf")) -> tuple[int, str, bool]:
        """Exit code, output, and whether it was stopped at the limit."""
        log = self._place / "output.txt"
        with log.open("wb") as output:
            child = subprocess.Popen(
                command,
                cwd=self._copy,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
            stopped = not self._wait(child, limit)
            if stopped:
                _end(child)
        if self._over.is_set():
            raise Stopped
        return child.returncode, log.read_text(encoding="utf-8", errors="replace"), stopped

    def _wait(self, child: subprocess.Popen[bytes], limit: float) -> bool:
        """Whether the child ended by itself."""
        waited = 0.0
        while waited < limit and not self._over.is_set():
            try:
                child.wait(0.2)
                return True
            except subprocess.TimeoutExpired:
                waited += 0.2
        return False


def _end(child: subprocess.Popen[bytes]) -> None:
    """Lets a judge end its servers, then ends what is left of its session."""
    child.send_signal(signal.SIGINT)
    try:
        child.wait(LEFT_BEHIND)
    except subprocess.TimeoutExpired:
        os.killpg(child.pid, signal.SIGKILL)
        child.wait()


def _read_gtest(code: int, output: str, stopped: bool) -> Outcome:
    failed = _unique(re.findall(r"^\[  FAILED  \] ([^\s,]+\.[^\s,]+)", output, re.MULTILINE))
    began = re.findall(r"^\[ RUN      \] (\S+)", output, re.MULTILINE)
    if began and not failed and (stopped or code < 0):
        how = "waits for ever" if stopped else f"ends by signal {-code}"
        failed = [f"{began[-1]} ({how})"]
    passed = re.search(r"^\[  PASSED  \] [1-9]", output, re.MULTILINE)
    return Outcome(code == 0 and bool(passed), failed, output)


def _read_pytest(code: int, output: str, stopped: bool) -> Outcome:
    failed = _unique(re.findall(r"^FAILED \S*?::(\S+)", output, re.MULTILINE))
    if stopped and not failed:
        failed = ["the whole selection (waits for ever)"]
    passed = re.search(r"\b[1-9]\d* passed", output)
    return Outcome(code == 0 and bool(passed), failed, output)


def _unique(names: list[str]) -> list[str]:
    return list(dict.fromkeys(names))
