"""Runs single entries against a real store, and looks at what they left there."""

from __future__ import annotations

import datetime
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import clips
import contestants
import look
import machine
import measure
from plan import Cell, Entry
from records import Record
from support.store import Store

BUILD = clips.ROOT / "build" / "bench"

LIMIT_S = 3600.0
LOCAL_RESULT = BUILD / "local.mp4"


class Proxy:
    """The counting proxy in a process of its own, so that it does not slow the harness."""

    def __init__(self, upstream: str, delay_ms: int) -> None:
        self._log = BUILD / f"proxy-{delay_ms}ms.jsonl"
        self._log.unlink(missing_ok=True)
        command = [sys.executable, "-m", "support.proxy", "--upstream", upstream]
        self._process = subprocess.Popen(
            [*command, "--delay-ms", str(delay_ms), "--log", str(self._log)],
            cwd=clips.ROOT / "tests",
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdout is not None
        self.url = self._process.stdout.readline().strip()
        if not self.url:
            raise RuntimeError("the counting proxy did not start")

    def exchanges_since(self, place: int) -> list[dict[str, Any]]:
        with self._log.open(encoding="utf-8") as file:
            file.seek(place)
            return [json.loads(line) for line in file]

    def place(self) -> int:
        return self._log.stat().st_size

    def close(self) -> None:
        self._process.terminate()
        self._process.wait()


@dataclass(frozen=True)
class Ours:
    """What is measured."""

    program: Path  # s3reel
    package: Path  # the folder with the Python package
    plugin: Path  # that does nothing


@dataclass(frozen=True)
class Identity:
    """What a line of the results is true of."""

    commit: str
    program: str


def _children() -> list[int]:
    """The store and the proxies: they belong to a run as much as its pipeline does."""
    mine, found = os.getpid(), []
    for status in Path("/proc").glob("[0-9]*/stat"):
        try:
            text = status.read_text()
        except OSError:
            continue
        if int(text[text.rindex(")") + 2 :].split()[1]) == mine:
            found.append(int(status.parent.name))
    return found


class Bench:
    def __init__(self, store: Store, ours: Ours, identity: Identity) -> None:
        self._store = store
        self._ours = ours
        self._identity = identity
        self._keys: dict[str, str] = {}
        self._proxies: dict[int, Proxy] = {}

    def close(self) -> None:
        for proxy in self._proxies.values():
            proxy.close()
        LOCAL_RESULT.unlink(missing_ok=True)

    def run(self, cell: Cell, entry: Entry, number: int, place: int) -> Record:
        proxy = self._proxy(entry.delay_ms)
        store = replace(self._store, endpoint=proxy.url, client=None) if proxy else self._store
        source, result = self._source(entry.clip), self._store.key("out.mp4")
        task = contestants.Task(
            program=self._ours.program,
            plugin=self._ours.plugin,
            source=store.url(source),
            destination=store.url(result),
            presigned=look.presigned(store, source),
            local_source=clips.get(entry.clip),
            local_result=LOCAL_RESULT,
            preset=entry.preset,
        )
        pipeline = contestants.COMMANDS[entry.command](task)
        began = proxy.place() if proxy else 0
        with _foreign() as foreign:
            measured = measure.run(pipeline, self._environment(store), BUILD / "stderr", LIMIT_S)
        found = self._look(entry, task, result, measured.stderr)
        note = found.note
        counted = _settled(proxy, began) if proxy else []
        self._store.client.delete_object(Bucket=self._store.bucket, Key=result)
        task.local_result.unlink(missing_ok=True)
        if not measured.succeeded:
            note = f"{measured.codes} {look.without_queries(measured.stderr)}".replace("\n", " ")
        return Record(
            time=datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ"),
            commit=self._identity.commit,
            program=self._identity.program,
            cell=cell.key,
            number=number,
            place=place,
            contestant=entry.label,
            wall_s=round(measured.wall_s, 3),
            cpu_s=round(measured.cpu_s, 3),
            peak_kib=measured.peak_kib,
            peaks=" ".join(f"{name}={peak}" for name, peak in measured.peaks_kib.items()),
            foreign_cores=round((foreign[0] - measured.cpu_s) / measured.wall_s, 3),
            ok=int(measured.succeeded and found.frames == entry.frames),
            frames=found.frames,
            result_bytes=found.size,
            requests=len(counted),
            gets=sum(item["operation"] == "GetObject" for item in counted),
            bytes_down=sum(item["response_bytes"] for item in counted),
            bytes_up=sum(item["request_bytes"] for item in counted),
            note=note,
        )

    def _proxy(self, delay_ms: int | None) -> Proxy | None:
        if delay_ms is None:
            return None
        if delay_ms not in self._proxies:
            self._proxies[delay_ms] = Proxy(self._store.endpoint, delay_ms)
        return self._proxies[delay_ms]

    def _source(self, clip: str) -> str:
        if clip not in self._keys:
            self._keys[clip] = self._store.put(clips.get(clip))
        return self._keys[clip]

    def _environment(self, store: Store) -> dict[str, str]:
        """The caller's without any AWS settings (support.store removed them), the store's, and the
        way to our Python package."""
        home = BUILD / "home"
        home.mkdir(parents=True, exist_ok=True)
        ours = {"HOME": str(home), "PYTHONPATH": str(self._ours.package)}
        region = {"AWS_DEFAULT_REGION": store.region}
        return dict(os.environ) | ours | region | store.environment()

    def _look(self, entry: Entry, task: contestants.Task, key: str, printed: str) -> look.Found:
        if entry.command in contestants.WRITES_NOTHING:
            return look.Found(entry.frames, 0)
        return look.result(entry.command, task, self._store, key, printed)


@contextmanager
def _foreign() -> Iterator[list[float]]:
    """CPU seconds of everything but us, the store and the proxies; the pipeline's are in it."""
    pids = _children()

    def now() -> float:
        return machine.busy_seconds() - machine.process_seconds(pids) - time.process_time()

    result, began = [0.0], now()
    yield result
    result[0] = now() - began


def _settled(proxy: Proxy, place: int) -> list[dict[str, Any]]:
    """The exchanges of one run. The proxy notes one when its connection has ended, which may be a
    moment after the program that made it."""
    found = proxy.exchanges_since(place)
    for _ in range(50):
        time.sleep(0.1)
        more = proxy.exchanges_since(place)
        if len(more) == len(found):
            return more
        found = more
    return found
