"""The proxy makes each fault as promised, and its log names the faults that came to pass.

A cell of the matrix is only worth something when its fault happened; so here a plain HTTP client
meets each of them, in front of a server that knows nothing of faults.
"""

from __future__ import annotations

import http.client
import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from support.faults import (
    AnswerWith,
    ChangeHead,
    CutAnswer,
    CutAt,
    CutRequest,
    Delay,
    Fault,
    Hold,
    HoldAnswer,
    LoseAnswer,
    Refuse,
    SkewClock,
    StallAnswer,
    StallRequest,
    Surplus,
    Trickle,
    error_body,
)
from support.proxy import Proxy, Rule

CONTENT = bytes(range(250)) * 4
GET = "GetObject"


class Upstream(ThreadingHTTPServer):
    """One object of 1,000 bytes; what is put is remembered."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.asked: list[str] = []
        self.stored: list[bytes] = []


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Upstream

    def do_GET(self) -> None:
        self.server.asked.append("GET")
        first, last = 0, len(CONTENT) - 1
        if asked := self.headers.get("Range"):
            first, last = map(int, asked.removeprefix("bytes=").split("-"))
        body = CONTENT[first : last + 1]
        self.send_response(206)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Content-Range", f"bytes {first}-{last}/{len(CONTENT)}")
        self.send_header("ETag", '"one"')
        self.end_headers()
        self.wfile.write(body)

    def do_HEAD(self) -> None:
        self.server.asked.append("HEAD")
        self.send_response(200)
        self.send_header("Content-Length", str(len(CONTENT)))
        self.end_headers()

    def do_PUT(self) -> None:
        self.server.asked.append("PUT")
        length = int(self.headers["Content-Length"])
        body = self.rfile.read(length)
        if len(body) < length:
            return  # the client broke off
        self.server.stored.append(body)
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Nothing: the tests look at what was asked."""


@pytest.fixture
def upstream() -> Iterator[Upstream]:
    with Upstream() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@dataclass
class Place:
    proxy: Proxy
    upstream: Upstream
    log: Path

    @contextmanager
    def client(self) -> Iterator[http.client.HTTPConnection]:
        connection = http.client.HTTPConnection(urlsplit(self.proxy.url).netloc, timeout=30)
        try:
            yield connection
        finally:
            connection.close()

    def ask(self, method: str = "GET", body: bytes = b"", **headers: str) -> tuple[int, bytes]:
        with self.client() as client:
            client.request(method, "/bucket/key", body or None, headers)
            answer = client.getresponse()
            return answer.status, answer.read()

    def add(self, fault: Fault, operation: str = GET, **more: int) -> Rule:
        return self.proxy.add(Rule(fault, operation=operation, **more))

    def shows(self, fault: str) -> bool:
        """Waits until an exchange has come to this fault."""
        return self.proxy.wait_until(lambda: any(e.fault == fault for e in self.proxy.seen()))

    def faults(self) -> list[str]:
        """As the log has them, of the exchanges that have ended."""
        self.proxy.wait_until(lambda: all(e.ended for e in self.proxy.seen()))
        return [e.fault for e in self.proxy.seen()]


@pytest.fixture
def place(upstream: Upstream, tmp_path: Path) -> Iterator[Place]:
    log = tmp_path / "proxy.jsonl"
    with Proxy(f"http://127.0.0.1:{upstream.server_port}", log=log, seed=7) as proxy:
        yield Place(proxy, upstream, log)


def test_what_no_rule_touches_goes_through(place: Place) -> None:
    place.add(Refuse(), operation="DeleteObject")
    assert place.ask() == (206, CONTENT)
    assert place.ask("PUT", b"new") == (200, b"")
    assert place.upstream.stored == [b"new"]
    assert place.faults() == ["", ""]
    seen = place.proxy.seen()
    assert [(e.status, e.request_bytes, e.response_bytes) for e in seen] == [
        (206, 0, len(CONTENT)),
        (200, 3, 0),
    ]


def test_the_log_names_seed_and_fault(place: Place) -> None:
    place.add(AnswerWith(503), first=2, times=1)
    assert [place.ask()[0] for _ in range(3)] == [206, 503, 206]
    place.faults()  # the last one has ended
    lines = [json.loads(line) for line in place.log.read_text().splitlines()]
    assert [(line["seed"], line["fault"]) for line in lines] == [
        (7, ""),
        (7, "answered 503"),
        (7, ""),
    ]


@pytest.mark.parametrize(
    ("first", "times", "statuses"), [(1, 0, "5555"), (1, 2, "5522"), (3, 1, "2252"), (3, 0, "2255")]
)
def test_a_rule_counts_its_requests(first: int, times: int, statuses: str, place: Place) -> None:
    place.add(AnswerWith(500), first=first, times=times)
    place.ask("HEAD")  # another operation does not count
    assert "".join(str(place.ask()[0])[0] for _ in statuses) == statuses


@pytest.mark.parametrize("reset", [False, True])
def test_refused_means_the_store_was_not_asked(reset: bool, place: Place) -> None:
    place.add(Refuse(reset=reset))
    kind = ConnectionResetError if reset else http.client.RemoteDisconnected
    with pytest.raises(kind) as caught:
        place.ask()
    assert type(caught.value) is kind
    assert place.upstream.asked == []
    assert place.faults() == ["reset" if reset else "refused"]


def test_a_lost_answer_means_the_store_has_done_it(place: Place) -> None:
    place.add(LoseAnswer(), operation="PutObject")
    with pytest.raises(http.client.RemoteDisconnected):
        place.ask("PUT", b"new")
    assert place.upstream.stored == [b"new"]
    assert place.faults() == ["answer 200 lost"]


def test_an_answer_in_the_stores_stead(place: Place) -> None:
    body = error_body("SlowDown", "later", RequestId="R1")
    place.add(AnswerWith(503, body, {"Retry-After": "3"}), operation="PutObject")
    with place.client() as client:
        client.request("PUT", "/bucket/key", b"new")
        answer = client.getresponse()
        assert (answer.status, answer.headers["Retry-After"]) == (503, "3")
        assert answer.read() == body
        client.request("GET", "/bucket/key")  # the connection lives on
        assert client.getresponse().status == 206
    assert place.upstream.asked == ["GET"]
    assert b"<Code>SlowDown</Code>" in body and b"<RequestId>R1</RequestId>" in body


@pytest.mark.parametrize("after", [0, 1, 400])
def test_a_cut_answer_ends_at_its_byte(after: int, place: Place) -> None:
    place.add(CutAnswer(after))
    with pytest.raises(http.client.IncompleteRead) as caught:
        place.ask()
    assert caught.value.partial == CONTENT[:after]
    assert place.faults() == [f"answer cut after {after} bytes"]
    assert place.proxy.seen()[0].response_bytes == after


def test_an_answer_can_be_cut_within_its_head(place: Place) -> None:
    place.add(CutAnswer(-5), operation="HeadObject")
    with raw(place) as client:
        client.sendall(b"HEAD /bucket/key HTTP/1.1\r\nHost: x\r\n\r\n")
        got = everything(client)
    assert got.startswith(b"HTTP/1.1 200") and not got.endswith(b"\r\n\r\n")
    assert place.faults() == ["answer cut after -5 bytes"]


def test_an_answer_too_short_for_its_cut_is_left_alone(place: Place) -> None:
    place.add(CutAnswer(len(CONTENT) + 1))
    assert place.ask() == (206, CONTENT)
    assert place.faults() == [""]


def test_a_cut_at_an_offset_finds_the_answer_that_carries_it(place: Place) -> None:
    place.add(CutAt(500))
    assert place.ask(Range="bytes=0-499") == (206, CONTENT[:500])
    with pytest.raises(http.client.IncompleteRead) as caught:
        place.ask(Range="bytes=450-599")
    assert caught.value.partial == CONTENT[450:500]
    assert place.faults() == ["", "answer cut after 50 bytes"]


@pytest.mark.parametrize("after", [-5, 0, 400])
def test_a_stalled_answer_keeps_the_connection(after: int, place: Place) -> None:
    place.add(StallAnswer(after))
    with raw(place) as client:
        client.sendall(b"GET /bucket/key HTTP/1.1\r\nHost: x\r\n\r\n")
        fault = f"answer stalled after {after} bytes"
        assert place.shows(fault)
        assert place.proxy.seen()[0].response_bytes == max(0, after)
        assert place.proxy.seen()[0].ended == 0
    assert place.faults() == [f"{fault} until the client left"]


def test_a_trickle_comes_byte_by_byte(place: Place) -> None:
    place.add(Trickle(bytes_per_second=2000))
    assert place.ask(Range="bytes=0-9") == (206, CONTENT[:10])
    assert place.faults() == ["answer at 2000 bytes/s"]


def test_surplus_bytes_are_announced_or_not(place: Place) -> None:
    place.add(Surplus(3), times=1)
    assert place.ask() == (206, CONTENT + bytes(3))
    place.add(Surplus(3, announced=False))
    with raw(place) as client:
        client.sendall(b"GET /bucket/key HTTP/1.1\r\nHost: x\r\n\r\n")
        got = everything(client)
    assert got.endswith(CONTENT + bytes(3)) and b"Content-Length: 1000\r\n" in got


def test_a_cut_request_reaches_the_store_in_part(place: Place) -> None:
    place.add(CutRequest(4), operation="PutObject")
    with pytest.raises((ConnectionError, http.client.RemoteDisconnected)):
        place.ask("PUT", b"new content")
    assert place.faults() == ["request cut after 4 bytes"]
    assert place.proxy.seen()[0].request_bytes == 4
    assert place.upstream.stored == []


def test_a_stalled_request_is_never_answered(place: Place) -> None:
    place.add(StallRequest(4), operation="PutObject")
    with raw(place) as client:
        client.sendall(b"PUT /bucket/key HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n123456789")
        stalled = "request stalled after 4 bytes"
        assert place.shows(stalled)
    assert place.faults() == [f"{stalled} until the client left"]
    assert place.upstream.stored == []


def test_a_changed_head_keeps_the_rest(place: Place) -> None:
    place.add(ChangeHead({"etag": '"two"', "X-New": "1"}))
    with place.client() as client:
        client.request("GET", "/bucket/key")
        answer = client.getresponse()
        assert answer.headers.get_all("ETag") == ['"two"'] and answer.headers["X-New"] == "1"
        assert answer.headers["Content-Range"] == "bytes 0-999/1000"
        assert answer.read() == CONTENT
    assert place.faults() == ["head changed: etag, X-New"]


def test_a_skewed_clock_refuses_the_right_time_and_takes_its_own(place: Place) -> None:
    place.add(SkewClock(ahead_s=600, tolerance_s=300))
    with place.client() as client:
        client.request("GET", "/bucket/key", headers={"x-amz-date": amz_date(0)})
        answer = client.getresponse()
        assert answer.status == 403 and b"RequestTimeTooSkewed" in answer.read()
        ahead = parsedate_to_datetime(answer.headers["Date"]) - datetime.now(UTC)
        assert 500 < ahead.total_seconds() < 700
    with place.client() as client:
        client.request("GET", "/bucket/key", headers={"x-amz-date": amz_date(600)})
        assert client.getresponse().status == 206
    assert place.faults() == ["clock 600 s ahead", ""]


@pytest.mark.parametrize("fault", [Hold, HoldAnswer])
def test_a_held_exchange_goes_on_when_it_is_let(
    fault: Callable[[threading.Event], Fault], place: Place
) -> None:
    gate = threading.Event()
    place.add(fault(gate))
    with raw(place) as client:
        client.sendall(b"GET /bucket/key HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        held = "held" if fault is Hold else "answer held"
        assert place.shows(held)
        assert bool(place.upstream.asked) == (fault is HoldAnswer)
        gate.set()
        assert everything(client).endswith(CONTENT)


def test_a_held_request_whose_client_left_never_reaches_the_store(place: Place) -> None:
    gate = threading.Event()
    place.add(Hold(gate))
    with raw(place) as client:
        client.sendall(b"GET /bucket/key HTTP/1.1\r\nHost: x\r\n\r\n")
        assert place.proxy.wait_for(GET)
    assert place.faults() == ["held until the client left"]
    assert place.upstream.asked == []


def test_a_delay_comes_before_the_store(place: Place) -> None:
    place.add(Delay(0.2))
    assert place.ask() == (206, CONTENT)
    [seen] = place.proxy.seen()
    assert seen.fault == "delayed by 0.2 s"
    assert seen.answered - seen.began >= 0.2


def test_what_breaks_of_itself_is_no_fault() -> None:
    with socket.create_server(("127.0.0.1", 0)) as unused:
        port = unused.getsockname()[1]
    with Proxy(f"http://127.0.0.1:{port}") as proxy:
        client = http.client.HTTPConnection(urlsplit(proxy.url).netloc, timeout=30)
        client.request("GET", "/bucket/key")
        with pytest.raises(http.client.RemoteDisconnected):
            client.getresponse()
        client.close()
        assert [(e.fault, bool(e.broken)) for e in proxy.seen()] == [("", True)]


def test_closing_the_proxy_ends_what_it_holds(upstream: Upstream) -> None:
    proxy = Proxy(f"http://127.0.0.1:{upstream.server_port}")
    proxy.add(Rule(StallAnswer(10), operation=GET))
    with socket.create_connection((urlsplit(proxy.url).hostname, urlsplit(proxy.url).port)) as client:
        client.sendall(b"GET /bucket/key HTTP/1.1\r\nHost: x\r\n\r\n")
        assert proxy.wait_until(lambda: any("stalled" in e.fault for e in proxy.seen()))
        proxy.close()
        assert everything(client).endswith(CONTENT[:10])


@contextmanager
def raw(place: Place) -> Iterator[socket.socket]:
    parts = urlsplit(place.proxy.url)
    with socket.create_connection((parts.hostname, parts.port), timeout=30) as client:
        yield client


def everything(client: socket.socket) -> bytes:
    pieces = []
    while piece := client.recv(65536):
        pieces.append(piece)
    return b"".join(pieces)


def amz_date(ahead_s: float) -> str:
    return (datetime.now(UTC) + timedelta(seconds=ahead_s)).strftime("%Y%m%dT%H%M%SZ")
