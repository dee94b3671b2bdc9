"""Slow stores, slow encoders, ranges that straggle: nothing fails, nothing grows."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from support import probe
from support.faults import Delay, StallAnswer
from support.proxy import Proxy, Rule
from support.runner import Result, Runner
from support.store import Store

SMALL_PARTS = ("--encoder-opt", "qp=0", "--part-size", "5M", "--parts-in-flight", "1")
SLOW_S = 1.5
IDLE_S = 0.3
PATIENCE_S = 2.0  # RangeFetcher: no range is a straggler before
FRAMES = {"noise.mp4": 100, "large-moov-front.mp4": 600}


def run(
    proxy: Proxy, store: Store, s3reel: Runner, source: Path, *options: str
) -> tuple[str, Result]:
    destination = store.key("out.mp4")
    urls = (store.url(store.put(source)), store.url(destination))
    env = {"AWS_ENDPOINT_URL_S3": proxy.url}
    return destination, s3reel.process(*urls, *options, report=True, env=env)


def stage(result: Result, name: str) -> dict[str, float]:
    assert result.report is not None
    return next(one for one in result.report["stages"] if one["name"] == name)


def test_a_slow_store_makes_the_encoder_wait_and_nothing_grows(
    store: Store, s3reel: Runner, clip: Callable[[str], Path], tmp_path: Path
) -> None:
    source = clip("noise.mp4")
    options = ("--preset", "ultrafast", *SMALL_PARTS, "--memory", "64M")
    with Proxy(store.endpoint, log=tmp_path / "proxy.jsonl") as proxy:
        _, usual = run(proxy, store, s3reel, source, *options)
        proxy.add(Rule(Delay(SLOW_S), operation="UploadPart"))
        destination, slow = run(proxy, store, s3reel, source, *options)
    assert slow.report is not None and slow.report["retries"] == 0, str(slow)
    assert stage(slow, "encode")["waiting_seconds"] > SLOW_S
    assert slow.peak_kib < usual.peak_kib + 16 * 1024, f"{usual.peak_kib} {slow}"
    assert store.left_behind(destination) == [f"object {destination}"]


def test_idle_connections_that_the_store_closes_are_no_failures(
    store: Store, s3reel: Runner, clip: Callable[[str], Path], tmp_path: Path
) -> None:
    """The encoder is slow: between two parts the store gets tired of waiting."""
    slow = ("--preset", "medium", "--threads", "1", *SMALL_PARTS)
    with Proxy(store.endpoint, log=tmp_path / "proxy.jsonl", idle_s=IDLE_S) as proxy:
        destination, result = run(proxy, store, s3reel, clip("noise.mp4"), *slow)
        assert proxy.closed_idle >= 3
    assert result.report is not None and result.report["retries"] == 0, str(result)
    assert "tried again" not in result.stderr
    fetched = store.fetch(destination, tmp_path / "out.mp4")
    assert probe.frame_count(fetched) == FRAMES["noise.mp4"]


@pytest.mark.parametrize("at", [0, 100_000], ids=["before-its-first-byte", "half-way"])
def test_a_straggling_range_is_hedged(
    at: int, store: Store, s3reel: Runner, clip: Callable[[str], Path], tmp_path: Path
) -> None:
    """Small ranges, so that there are enough; the real waits."""
    source = clip("large-moov-front.mp4")
    options = ("--video-codec", "copy", "--read-ahead", "1M")
    with Proxy(store.endpoint, log=tmp_path / "proxy.jsonl") as proxy:
        straggler = proxy.add(Rule(StallAnswer(at), operation="GetObject", first=120, times=1))
        destination = store.key("out.mp4")
        urls = (store.url(store.put(source)), store.url(destination))
        env = {"AWS_ENDPOINT_URL_S3": proxy.url}
        result = s3reel.run(
            *("process", *urls, *options, "--stall-timeout-ms", "60000"), report=True, env=env
        )
        gets = proxy.seen("GetObject")
    assert result.code == 0 and result.report, str(result)
    assert straggler.fired == 1
    stalled = next(e for e in gets if e.fault)
    end = stalled.range.split("-")[1]
    twins = [e for e in gets if e.range.endswith(f"-{end}")]
    assert len(twins) == 2, [e.range for e in twins]
    assert twins[1].began - stalled.began >= PATIENCE_S - 0.1  # the proxy hears of both later
    assert result.report["retries"] == 0
    assert result.report["bytes_read"] <= source.stat().st_size * 1.02
    fetched = store.fetch(destination, tmp_path / "out.mp4")
    assert probe.frame_count(fetched) == FRAMES["large-moov-front.mp4"]
