"""Acceptance 4, first half: a cut source connection changes nothing, or ends the job."""

from __future__ import annotations

import hashlib
import random
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from support import boxes
from support.faults import AnswerWith, CutAt, Fault, Hold, LoseAnswer, Refuse
from support.proxy import Proxy, Rule
from support.runner import Runner
from support.store import Store

PINNED = ("--threads", "1", "--preset", "ultrafast")
SEEDED_OFFSETS = 64
SEED = 20240229
WORKERS = 2


def offsets(data: bytes) -> list[int]:
    """0, 1, every box boundary and its neighbours, and seeded ones."""
    wanted = {0, 1}
    for boundary in boxes.boundaries(data):
        wanted.update((boundary - 1, boundary, boundary + 1))
    wanted.update(random.Random(SEED).randrange(len(data)) for _ in range(SEEDED_OFFSETS))
    return sorted(offset for offset in wanted if 0 <= offset < len(data))


def digest(store: Store, key: str) -> str:
    return hashlib.sha256(store.read(key)).hexdigest()


def one_cut(store: Store, s3reel: Runner, proxy: Proxy, source: str, offset: int) -> str:
    """Empty when the result came out as if nothing had happened, given that the cut happened."""
    rule = proxy.add(Rule(CutAt(offset), operation="GetObject", key=source, times=1))
    destination = store.key("cut.mp4")
    result = s3reel.process(store.url(source), store.url(destination), *PINNED)
    assert rule.fired == 1, f"no request carried offset {offset}: {result}"
    proxy.forget()
    return digest(store, destination)


def test_one_cut_anywhere_gives_the_same_bytes(
    store: Store, s3reel: Runner, clip: Callable[[str], Path], tmp_path: Path
) -> None:
    path = clip("small.mp4")
    source, undisturbed = store.put(path), store.key("whole.mp4")
    s3reel.process(store.url(source), store.url(undisturbed), *PINNED)
    expected = digest(store, undisturbed)
    places = threading.local()
    proxies: list[Proxy] = []

    def serve() -> None:
        places.proxy = Proxy(store.endpoint)
        places.runner = replace(s3reel, env={**s3reel.env, "AWS_ENDPOINT_URL_S3": places.proxy.url})
        proxies.append(places.proxy)

    def attempt(offset: int) -> tuple[int, str]:
        return offset, one_cut(store, places.runner, places.proxy, source, offset)

    try:
        with ThreadPoolExecutor(WORKERS, initializer=serve) as pool:
            found = dict(pool.map(attempt, offsets(path.read_bytes())))
    finally:
        for proxy in proxies:
            proxy.close()
    assert len(found) > SEEDED_OFFSETS
    assert [offset for offset, sum_ in found.items() if sum_ != expected] == []
    print(f"{len(found)} cuts, all with SHA-256 {expected}")


@pytest.mark.parametrize("reset", [False, True], ids=["closed", "reset"])
def test_two_cuts_in_one_job_give_the_same_bytes(
    reset: bool, store: Store, proxied: Runner, proxy: Proxy, clip: Callable[[str], Path]
) -> None:
    path = clip("small.mp4")
    source, whole, cut = store.put(path), store.key("whole.mp4"), store.key("cut.mp4")
    proxied.process(store.url(source), store.url(whole), *PINNED)
    size = path.stat().st_size
    for offset in (size // 3, size - 5000):
        fault = CutAt(offset, reset=reset)
        proxy.add(Rule(fault, operation="GetObject", key=source, times=1))
    result = proxied.process(store.url(source), store.url(cut), *PINNED, report=True)
    assert digest(store, cut) == digest(store, whole)
    assert result.report is not None and result.report["retries"] == 2


@pytest.mark.parametrize(
    "fault",
    [
        Refuse(),
        LoseAnswer(),
        CutAt(0),
        CutAt(500_000),
        CutAt(500_000, reset=True),
        AnswerWith(503),
    ],
    ids=["refused", "unanswered", "at-0", "half-way", "half-way-reset", "slow-down"],
)
def test_a_source_cut_for_ever_leaves_nothing(
    fault: Fault, store: Store, proxied: Runner, proxy: Proxy, clip: Callable[[str], Path]
) -> None:
    source, destination = store.put(clip("small.mp4")), store.key("out.mp4")
    proxy.add(Rule(fault, operation="GetObject", key=source))
    result = proxied.run(
        *("process", store.url(source), store.url(destination), "--op", "grayscale"),
        *("--retry-attempts", "4", "--retry-deadline-ms", "20000", *PINNED),
    )
    assert result.code == 5, str(result)
    assert source in result.stderr, str(result)
    assert store.left_behind(destination) == []


@pytest.mark.parametrize("reached", [True, False], ids=["answer lost", "request lost"])
def test_an_upload_begun_by_a_lost_create_is_named(
    reached: bool, store: Store, proxied: Runner, proxy: Proxy, clip: Callable[[str], Path]
) -> None:
    """The answer that comes to nobody holds the only copy of the upload's id."""
    source, destination = store.put(clip("noise.mp4")), store.key("out.mp4")
    fault = LoseAnswer() if reached else Refuse()
    proxy.add(Rule(fault, operation="CreateMultipartUpload", times=1))
    options = ("--preset", "ultrafast", "--encoder-opt", "qp=0")
    result = proxied.process(store.url(source), store.url(destination), *options)
    assert len(proxy.seen("CreateMultipartUpload")) == 2
    left = [upload for _, upload in store.uploads(destination)]
    records = store.keys(f"{destination}.s3reel/")
    assert len(left) == len(records) == int(reached)
    for name in (*left, *records):
        assert name in result.stderr, str(result)
    assert ("left behind" in result.stderr) == reached, str(result)


def test_a_source_that_stalls_is_asked_again(
    store: Store, proxied: Runner, proxy: Proxy, clip: Callable[[str], Path]
) -> None:
    """A connection that stays open and says nothing is given up like a cut one."""
    source, destination = store.put(clip("small.mp4")), store.key("out.mp4")
    rule = proxy.add(Rule(Hold(threading.Event()), operation="GetObject", times=1))
    proxied.process(store.url(source), store.url(destination), "--stall-timeout-ms", "1000")
    assert rule.fired == 1
    assert store.head(destination) is not None


def test_a_source_replaced_under_the_job_is_refused(
    store: Store, proxied: Runner, proxy: Proxy, clip: Callable[[str], Path]
) -> None:
    """Every later range is pinned to the first answer's ETag."""
    source, destination = store.put(clip("noise.mp4")), store.key("out.mp4")
    gate = threading.Event()
    rule = proxy.add(Rule(Hold(gate), operation="GetObject", first=2, times=1))
    running = proxied.start(
        *("process", store.url(source), store.url(destination), "--op", "grayscale", *PINNED)
    )
    assert proxy.wait_until(lambda: rule.fired > 0)
    store.put_bytes(clip("small.mp4").read_bytes(), source)
    gate.set()
    result = proxied.check(running.wait(120))
    assert result.code == 4, str(result)
    assert "changed" in result.stderr, str(result)
    assert store.left_behind(destination) == []
