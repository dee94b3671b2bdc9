"""The jobs whose requests the cells disturb, and what became of them, as boto3 sees it."""

from __future__ import annotations

import hashlib
import signal
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

from support.faults import AnswerWith, error_body
from support.proxy import Proxy, Rule
from support.runner import Result, Runner, Running
from support.store import Store

FAST = "0.05"  # of all waits for the store
REAL = "1"
PINNED = ("--threads", "1", "--preset", "ultrafast")  # the same bytes at each run
LIMIT_S = 600
LOSSLESS = ("--encoder-opt", "qp=0")
DENIED = AnswerWith(403, error_body("AccessDenied", "not this part"))


@dataclass(frozen=True)
class Kind:
    clip: str
    options: tuple[str, ...]
    rules: tuple[Rule, ...] = ()

    def fresh_rules(self) -> list[Rule]:
        return [replace(rule) for rule in self.rules]


KINDS = {
    "parts": Kind("noise.mp4", LOSSLESS),
    "small": Kind("small.mp4", ()),
    # What it has begun it must remove.
    "failing": Kind("noise.mp4", LOSSLESS, (Rule(DENIED, operation="UploadPart", first=2),)),
}


@dataclass(frozen=True)
class Outcome:
    text: str  # "same", "exit 5", "exit 4 record upload"
    result: Result
    unnamed: list[str]  # records left behind that no message names
    left_after_clean: list[str] = field(default_factory=list)  # of a killed job, besides its object


class Jobs:
    """Runs jobs through a proxy and compares with what the same job gives undisturbed."""

    def __init__(self, store: Store, clip: Callable[[str], Path]) -> None:
        self._store = store
        self._clip = clip
        self._sources: dict[str, str] = {}
        self._undisturbed: dict[str, str] = {}

    def run(
        self, kind: str, runner: Runner, proxy: Proxy, *rules: Rule, time_scale: str = FAST
    ) -> Outcome:
        expected = "" if KINDS[kind].rules else self._whole(kind, runner)
        for rule in (*rules, *KINDS[kind].fresh_rules()):
            proxy.add(rule)
        destination, running = self._start(kind, runner, proxy.url, time_scale)
        return self._judge_and_forget(destination, expected, runner.check(running.wait(LIMIT_S)))

    def run_until(
        self, kind: str, runner: Runner, proxy: Proxy, moment: Callable[[Running], None]
    ) -> Outcome:
        """The job is killed as soon as `moment` returns."""
        expected = self._whole(kind, runner)
        destination, running = self._start(kind, runner, proxy.url, FAST)
        moment(running)
        running.send(signal.SIGKILL)
        result = runner.check(running.wait(LIMIT_S))
        outcome = self._judge(destination, expected, result)
        left = self._left_after_clean(destination, runner)
        self._store.empty(destination)
        return replace(outcome, left_after_clean=left)

    def _left_after_clean(self, destination: str, runner: Runner) -> list[str]:
        """An upload begun in the unrecorded instant needs force; it is alone under its key."""
        cleaned = runner.run(
            "clean", self._store.url(destination), "--older-than", "0", "--force", "-q"
        )
        if cleaned.code:
            raise AssertionError(f"clean: {cleaned}")
        entry = f"object {destination}"
        return [left for left in self._store.left_behind(destination) if left != entry]

    def _whole(self, kind: str, runner: Runner) -> str:
        """SHA-256 of the undisturbed result."""
        if kind not in self._undisturbed:
            destination, running = self._start(kind, runner, self._store.endpoint, FAST)
            result = runner.check(running.wait(LIMIT_S))
            digest = self._digest(destination)
            outcome = self._judge_and_forget(destination, digest, result)
            if outcome.text != "same":
                raise AssertionError(f"without a fault: {outcome.text}: {result}")
            self._undisturbed[kind] = digest
        return self._undisturbed[kind]

    def _start(
        self, kind: str, runner: Runner, endpoint: str, time_scale: str
    ) -> tuple[str, Running]:
        destination = self._store.key("out.mp4")
        urls = (self._store.url(self._source(KINDS[kind].clip)), self._store.url(destination))
        options = ("--op", "grayscale", "--no-clobber", *PINNED, *KINDS[kind].options)
        env = {"S3REEL_TIME_SCALE": time_scale, "AWS_ENDPOINT_URL_S3": endpoint}
        return destination, runner.start("process", *urls, *options, env=env)

    def _source(self, clip: str) -> str:
        if clip not in self._sources:
            self._sources[clip] = self._store.put(self._clip(clip))
        return self._sources[clip]

    def _digest(self, key: str) -> str:
        return hashlib.sha256(self._store.read(key)).hexdigest()

    def _judge_and_forget(self, destination: str, expected: str, result: Result) -> Outcome:
        outcome = self._judge(destination, expected, result)
        self._store.empty(destination)  # it holds everything in memory, and there are many cells
        return outcome

    def _judge(self, destination: str, expected: str, result: Result) -> Outcome:
        words = [f"exit {result.code}" if result.code else "same"]
        published = self._store.head(destination) is not None
        if published and self._digest(destination) != expected:
            words.append("and a wrong object")
        elif published and result.code:
            words.append("and an object")
        if not published and not result.code:
            words.append("and no object")
        others = [key for key in self._store.keys(destination) if key != destination]
        records = [key for key in others if key.startswith(f"{destination}.s3reel/job-")]
        words += ["record"] if records else []
        words += ["upload"] if self._store.uploads(destination) else []
        words += [f"and {key}" for key in others if key not in records]
        unnamed = [key for key in records if self._store.url(key) not in result.stderr]
        return Outcome(" ".join(words), result, unnamed)
