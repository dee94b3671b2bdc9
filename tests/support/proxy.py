"""An HTTP/1.1 proxy in front of a store: it counts, delays, holds and cuts.

A client speaks to it as to the store itself; the Host header goes through untouched, so signatures
stay valid. Each exchange becomes one JSON line of the log. What a rule does not touch is forwarded
byte for byte.

On its own, for benchmarks: python -m support.proxy --upstream URL --delay-ms 30 --log FILE
"""

from __future__ import annotations

import argparse
import json
import select
import signal
import socket
import ssl
import struct
import threading
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from types import TracebackType
from urllib.parse import unquote, urlsplit

from . import http_wire
from .http_wire import Head

CHUNK = 256 * 1024
PATIENCE_S = 60.0


@dataclass
class Exchange:
    """One request and its answer, as the log shows them."""

    number: int
    operation: str
    method: str
    key: str  # bucket and key as in the path, decoded
    query: str
    host: str
    range: str = ""
    if_match: str = ""
    request_bytes: int = 0  # of the body
    status: int = 0
    response_bytes: int = 0  # of the body, as sent to the client
    began: float = 0.0  # seconds since the proxy started
    answered: float = 0.0
    ended: float = 0.0
    fault: str = ""


@dataclass
class Rule:
    """What to do to some requests. The first rule that matches and still fires is applied."""

    operation: str = ""  # empty: any
    key: str = ""  # part of the key; empty: any
    query: str = ""  # part of the query; empty: any
    nth: int = 0  # only the nth request that matches, from 1; 0: all
    times: int = 0  # fires at most so often; 0: no limit
    delay_s: float = 0.0  # before the request goes to the store
    hold: threading.Event | None = None  # the request waits for this before it goes to the store
    hold_answer: threading.Event | None = None  # the store has answered; the client waits
    refuse: bool = False  # close without asking the store
    lose_answer: bool = False  # the store does its work, the client never hears
    cut_after: int | None = None  # so many bytes of the answer's body, then close
    cut_at: int | None = None  # close in the answer that carries this offset of the object, there
    reset: bool = False  # close with RST, not FIN
    status: int = 0  # answer with this instead of asking the store
    body: bytes = b""
    matched: int = field(default=0, init=False)
    fired: int = field(default=0, init=False)

    def applies(self, exchange: Exchange) -> bool:
        """Called under the proxy's lock, once for each request."""
        if self.operation and self.operation != exchange.operation:
            return False
        if self.key not in exchange.key or self.query not in exchange.query:
            return False
        self.matched += 1
        if (self.nth and self.matched != self.nth) or (self.times and self.fired >= self.times):
            return False
        if self.cut_at is not None and not http_wire.covers(exchange.range, self.cut_at):
            return False
        self.fired += 1
        return True


class _Cut(Exception):
    """The connection to the client is to be closed now."""


class Proxy:
    """Serves until close(); any number of connections, a thread for each."""

    def __init__(self, upstream: str, log: Path | None = None, port: int = 0) -> None:
        parts = urlsplit(upstream)
        self._tls = ssl.create_default_context() if parts.scheme == "https" else None
        self._upstream = (parts.hostname or "", parts.port or (443 if self._tls else 80))
        self._log = log.open("a", encoding="utf-8") if log else None
        self._lock = threading.Condition()
        self._rules: list[Rule] = []
        self._exchanges: list[Exchange] = []
        self._sockets: set[socket.socket] = set()
        self._threads: list[threading.Thread] = []
        self._closing = False
        self._epoch = time.monotonic()
        self._listener = socket.create_server(("127.0.0.1", port), backlog=128)
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self._acceptor = threading.Thread(target=self._accept, daemon=True)
        self._acceptor.start()

    def __enter__(self) -> Proxy:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def add(self, rule: Rule) -> Rule:
        with self._lock:
            self._rules.append(rule)
        return rule

    def forget(self) -> None:
        """Drops all rules and the record of what was seen; the log file keeps it."""
        with self._lock:
            self._rules.clear()
            self._exchanges.clear()

    def seen(self, operation: str = "", key: str = "") -> list[Exchange]:
        """Requests that arrived so far, finished or not."""
        with self._lock:
            return [
                e
                for e in self._exchanges
                if (not operation or e.operation == operation) and key in e.key
            ]

    def wait_until(self, condition: Callable[[], bool], timeout: float = PATIENCE_S) -> bool:
        """Waits for something that requests or answers bring about."""
        with self._lock:
            return self._lock.wait_for(condition, timeout)

    def wait_for(self, operation: str, count: int = 1, timeout: float = PATIENCE_S) -> bool:
        """True once `count` requests of the operation have arrived."""
        return self.wait_until(lambda: len(self.seen(operation)) >= count, timeout)

    def close(self) -> None:
        with self._lock:
            self._closing = True
            for rule in self._rules:
                for event in (rule.hold, rule.hold_answer):
                    if event:
                        event.set()
            sockets = list(self._sockets)
        for open_socket in [self._listener, *sockets]:
            _shut(open_socket)
        self._acceptor.join()
        for thread in self._threads:
            thread.join()
        if self._log:
            self._log.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                self._listener.close()
                return
            thread = threading.Thread(target=self._serve, args=(client,), daemon=True)
            with self._lock:
                if self._closing:
                    client.close()
                    continue
                self._sockets.add(client)
                self._threads.append(thread)
            thread.start()

    def _serve(self, client: socket.socket) -> None:
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection = _Connection(self, client)
        try:
            while connection.serve_one():
                pass
        except (OSError, _Cut, http_wire.WireError):
            pass  # either side is gone or cut off; the exchange says so
        finally:
            connection.close()
            with self._lock:
                self._sockets.discard(client)

    def _connect(self) -> socket.socket:
        upstream = socket.create_connection(self._upstream, timeout=PATIENCE_S * 5)
        upstream.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if self._tls:
            return self._tls.wrap_socket(upstream, server_hostname=self._upstream[0])
        return upstream

    def _begin(self, head: Head) -> tuple[Exchange, Rule | None]:
        path, _, query = head.target.partition("?")
        with self._lock:
            exchange = Exchange(
                number=len(self._exchanges) + 1,
                operation=http_wire.operation(head),
                method=head.method,
                key=unquote(path).lstrip("/"),
                query=query,
                host=head.get("host"),
                range=head.get("range"),
                if_match=head.get("if-match"),
                began=time.monotonic() - self._epoch,
            )
            rule = next((r for r in self._rules if r.applies(exchange)), None)
            self._exchanges.append(exchange)
            self._lock.notify_all()
        return exchange, rule

    def _note(self, exchange: Exchange, **changes: object) -> None:
        with self._lock:
            for name, value in changes.items():
                setattr(exchange, name, value)
            self._lock.notify_all()

    def _end(self, exchange: Exchange) -> None:
        self._note(exchange, ended=time.monotonic() - self._epoch)
        with self._lock:
            if self._log and not self._log.closed:
                print(json.dumps(asdict(exchange)), file=self._log, flush=True)


class _Connection:
    """One client connection and the connection to the store that belongs to it."""

    def __init__(self, proxy: Proxy, client: socket.socket) -> None:
        self._proxy = proxy
        self._client = client
        self._reader = client.makefile("rb", buffering=CHUNK)
        self._upstream: socket.socket | None = None
        self._upstream_reader = None

    def close(self) -> None:
        for item in (self._upstream_reader, self._upstream, self._reader, self._client):
            if item is not None:
                item.close()
        self._upstream = self._upstream_reader = None

    def serve_one(self) -> bool:
        """One exchange. False when the client has no more to say."""
        head = http_wire.read_head(self._reader)
        if head is None:
            return False
        exchange, rule = self._proxy._begin(head)
        try:
            keep = self._exchange(head, exchange, rule or Rule())
        except OSError as error:
            self._proxy._note(exchange, fault=exchange.fault or f"broken: {error}")
            raise
        finally:
            self._proxy._end(exchange)
        return keep

    def _exchange(self, head: Head, exchange: Exchange, rule: Rule) -> bool:
        if rule.delay_s:
            time.sleep(rule.delay_s)
        if rule.hold:
            self._hold(exchange, rule.hold, "held")
        if rule.refuse:
            self._cut(exchange, rule, "refused")
        length = int(head.get("content-length") or 0)
        if rule.status:
            return self._answer_ourselves(exchange, rule, length)
        self._forward_request(head, exchange, length)
        answer = http_wire.read_answer(self._upstream_reader)
        self._proxy._note(exchange, answered=time.monotonic() - self._proxy._epoch)
        if rule.hold_answer:
            self._hold(exchange, rule.hold_answer, "answer held")
        if rule.lose_answer:
            self._cut(exchange, rule, f"answer {answer.status} lost")
        self._proxy._note(exchange, status=answer.status)
        self._client.sendall(answer.raw)
        self._forward_body(head, answer, exchange, rule)
        return "close" not in (answer.get("connection").lower(), head.get("connection").lower())

    def _answer_ourselves(self, exchange: Exchange, rule: Rule, length: int) -> bool:
        http_wire.discard(self._reader, length)
        body = b"" if exchange.method == "HEAD" else rule.body
        head = f"HTTP/1.1 {rule.status} Proxy\r\nContent-Length: {len(body)}\r\n\r\n"
        self._client.sendall(head.encode() + body)
        self._proxy._note(exchange, status=rule.status, fault=f"answered {rule.status}")
        return True

    def _forward_request(self, head: Head, exchange: Exchange, length: int) -> None:
        if head.get("expect"):
            self._client.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
        upstream = self._fresh_upstream()
        upstream.sendall(head.without("expect").raw)
        for piece in http_wire.pieces(self._reader, length, CHUNK):
            upstream.sendall(piece)
            self._proxy._note(exchange, request_bytes=exchange.request_bytes + len(piece))

    def _fresh_upstream(self) -> socket.socket:
        """The store closes idle connections; one that has something to read now is closed."""
        if self._upstream is not None:
            watch = select.poll()
            watch.register(self._upstream, select.POLLIN)
            if watch.poll(0):
                self._upstream_reader.close()
                self._upstream.close()
                self._upstream = None
        if self._upstream is None:
            self._upstream = self._proxy._connect()
            self._upstream_reader = self._upstream.makefile("rb", buffering=CHUNK)
        return self._upstream

    def _forward_body(self, head: Head, answer: Head, exchange: Exchange, rule: Rule) -> None:
        left = rule.cut_after
        if rule.cut_at is not None:
            left = rule.cut_at - http_wire.first_byte(answer)
        for payload, raw in http_wire.body(self._upstream_reader, head, answer, CHUNK):
            if left is not None and len(payload) >= left:
                self._client.sendall(raw[:left])
                self._proxy._note(exchange, response_bytes=exchange.response_bytes + left)
                self._cut(exchange, rule, f"cut after {exchange.response_bytes} bytes")
            if left is not None:
                left -= len(payload)
            self._client.sendall(raw)
            self._proxy._note(exchange, response_bytes=exchange.response_bytes + len(payload))

    def _hold(self, exchange: Exchange, event: threading.Event, fault: str) -> None:
        """A request whose client went away meanwhile is not sent on: it never left."""
        self._proxy._note(exchange, fault=fault)
        watch = select.poll()
        watch.register(self._client, select.POLLRDHUP)
        released = False
        while not released:
            released = event.wait(0.05)
            if watch.poll(0):
                self._cut(exchange, Rule(), f"{fault} until the client left")

    def _cut(self, exchange: Exchange, rule: Rule, fault: str) -> None:
        self._proxy._note(exchange, fault=fault)
        if rule.reset:
            self._client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        raise _Cut(fault)


def _shut(open_socket: socket.socket) -> None:
    try:
        open_socket.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass  # already closed by its own thread


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--upstream", required=True, help="endpoint URL of the store")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--delay-ms", type=float, default=0.0, help="added to every request")
    parser.add_argument("--log", type=Path)
    options = parser.parse_args()
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    with Proxy(options.upstream, options.log, options.port) as proxy:
        if options.delay_ms:
            proxy.add(Rule(delay_s=options.delay_ms / 1000))
        print(proxy.url, flush=True)
        stop.wait()


if __name__ == "__main__":
    main()
