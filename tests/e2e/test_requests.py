"""How a job uses the store, by the proxy's count: what it asks, how often, how much it moves."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from support import probe
from support.faults import AnswerWith, CutAnswer
from support.proxy import Exchange, Proxy, Rule
from support.runner import Result, Runner
from support.store import Store

LARGE = ["large-moov-front.mp4", "large-moov-end.mp4", "large-fragmented.mp4", "large.mkv"]
FRAMES = 600
FAST = ("--preset", "ultrafast")
MIB = 1024 * 1024


def gets(proxy: Proxy, key: str) -> list[Exchange]:
    return proxy.seen("GetObject", key)


@pytest.mark.parametrize("name", LARGE)
def test_opening_a_large_file_costs_few_requests(
    name: str, store: Store, proxied: Runner, proxy: Proxy, clip: Callable[[str], Path]
) -> None:
    """A dry run opens the source and reads nothing else."""
    source = store.put(clip(name))
    urls = (store.url(source), store.url(store.key("out.mp4")))
    result = proxied.run("process", *urls, "--op", "grayscale", "--dry-run")
    assert result.code == 0, str(result)
    asked = [(e.range, e.response_bytes) for e in gets(proxy, source)]
    assert 1 <= len(asked) <= 5, asked


@pytest.mark.parametrize("name", LARGE)
def test_a_whole_job_fetches_the_file_about_once(
    name: str,
    store: Store,
    proxied: Runner,
    proxy: Proxy,
    clip: Callable[[str], Path],
    tmp_path: Path,
) -> None:
    path = clip(name)
    source, destination = store.put(path), store.key("out.mp4")
    result = proxied.process(store.url(source), store.url(destination), *FAST, report=True)
    asked = gets(proxy, source)
    fetched, size = sum(e.response_bytes for e in asked), path.stat().st_size
    assert fetched <= 1.02 * size, f"{fetched} of {size} bytes in {len(asked)} GETs"
    assert probe.frame_count(store.fetch(destination, tmp_path / "out.mp4")) == FRAMES
    check_report(result, proxy)


def check_report(result: Result, proxy: Proxy) -> None:
    """The program's own count is the proxy's."""
    assert result.report is not None
    counted = Counter(e.operation for e in proxy.seen())
    assert result.report["requests"] == dict(counted)
    assert result.report["retries"] == 0
    fetched = sum(e.response_bytes for e in proxy.seen("GetObject"))
    sent = sum(e.request_bytes for e in proxy.seen() if e.method == "PUT")
    # The last bytes of a cancelled answer may have left the proxy and never been read.
    assert 0 <= fetched - result.report["bytes_read"] <= 4 * MIB
    assert sent == result.report["bytes_written"]


def test_retries_are_counted(
    store: Store, proxied: Runner, proxy: Proxy, clip: Callable[[str], Path]
) -> None:
    """Two bodies cut and one answer that was an error; what arrived before a cut is kept."""
    cut = Rule(CutAnswer(1000), operation="GetObject", times=2)
    error = Rule(AnswerWith(500), operation="PutObject", times=1)
    for rule in (cut, error):
        proxy.add(rule)
    urls = (store.url(store.put(clip("small.mp4"))), store.url(store.key("out.mp4")))
    result = proxied.process(*urls, *FAST, report=True)
    assert (cut.fired, error.fired) == (2, 1)
    assert result.report is not None and result.report["retries"] == 3
    assert result.report["requests"] == dict(Counter(e.operation for e in proxy.seen()))


def test_every_range_but_the_first_is_pinned(
    store: Store, proxied: Runner, proxy: Proxy, clip: Callable[[str], Path]
) -> None:
    source, destination = store.put(clip("large-moov-end.mp4")), store.key("out.mp4")
    proxied.process(store.url(source), store.url(destination), *FAST)
    asked = gets(proxy, source)
    assert asked[0].if_match == "" and len(asked) > 1
    head = store.head(source)
    assert head is not None
    assert {e.if_match for e in asked[1:]} == {head["ETag"]}
    assert proxy.seen("HeadObject", source) == []


def test_a_small_output_is_one_put(
    store: Store, proxied: Runner, proxy: Proxy, clip: Callable[[str], Path]
) -> None:
    source, destination = store.put(clip("small.mp4")), store.key("out.mp4")
    proxied.process(store.url(source), store.url(destination), *FAST)
    sent = [(e.operation, e.key) for e in proxy.seen() if e.method in ("PUT", "POST", "DELETE")]
    assert sent == [("PutObject", f"{store.bucket}/{destination}")]


@pytest.mark.parametrize("in_flight", [1, 2])
def test_a_large_output_is_one_upload_with_its_head_last(
    in_flight: int, store: Store, proxied: Runner, proxy: Proxy, clip: Callable[[str], Path]
) -> None:
    source, destination = store.put(clip("noise.mp4")), store.key("out.mp4")
    options = (*FAST, "--encoder-opt", "qp=0", "--parts-in-flight", str(in_flight))
    proxied.process(store.url(source), store.url(destination), *options)
    assert len(proxy.seen("CreateMultipartUpload")) == 1
    assert len(proxy.seen("CompleteMultipartUpload")) == 1
    parts = [e.query for e in proxy.seen("UploadPart")]
    numbers = [int(q.split("partNumber=")[1].split("&")[0]) for q in parts]
    assert sorted(numbers) == list(range(1, len(numbers) + 1)) and len(numbers) >= 2
    # Those that are on their way together arrive in any order; one by one, the first comes last.
    assert 1 in numbers[-in_flight:], numbers
    assert store.left_behind(destination) == [f"object {destination}"], "the record stayed"


def test_audio_that_is_copied_by_stream_copy_moves_every_byte_once(
    store: Store, proxied: Runner, proxy: Proxy, clip: Callable[[str], Path], tmp_path: Path
) -> None:
    """--video-codec copy: packets as they are, in both streams."""
    path = clip("large-moov-front.mp4")
    source, destination = store.put(path), store.key("out.mp4")
    urls = (store.url(source), store.url(destination))
    result = proxied.run("process", *urls, "--video-codec", "copy")
    assert result.code == 0, str(result)
    copied = store.fetch(destination, tmp_path / "out.mp4")
    assert probe.stream_hash(copied, 0) == probe.stream_hash(path, 0)
    assert probe.frame_count(copied) == FRAMES
    assert sum(e.response_bytes for e in gets(proxy, source)) <= 1.02 * path.stat().st_size
