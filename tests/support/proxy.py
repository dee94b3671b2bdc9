"""An HTTP/1.1 proxy in front of a store: it counts, and makes the faults that its rules ask for.

A client speaks to it as to the store itself; the Host header goes through untouched, so signatures
stay valid. Each exchange becomes one JSON line of the log, with the seed that the rules were drawn
from. What no rule touches is forwarded byte for byte.

On its own, for benchmarks: python -m support.proxy --upstream URL --delay-ms 30 --log FILE
"""

from __future__ import annotations

import argparse
import itertools
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
from typing import NoReturn
from urllib.parse import unquote, urlsplit

from . import http_wire
from .faults import Answer, Delay, Exchange, Fault, Link
from .http_wire import Head

CHUNK = 256 * 1024
PATIENCE_S = 60.0
POLL_S = 0.05


@dataclass
class Rule:
    """Which requests have a fault. The first rule that matches and still fires is applied."""

    fault: Fault
    operation: str = ""  # empty: any
    key: str = ""  # part of the key; empty: any
    query: str = ""  # part of the query; empty: any
    first: int = 1  # from this request of those that match on
    times: int = 0  # at most so often; 0: no limit
    matched: int = field(default=0, init=False)
    fired: int = field(default=0, init=False)

    def applies(self, exchange: Exchange) -> bool:
        """Called under the proxy's lock, once for each request."""
        if self.operation and self.operation != exchange.operation:
            return False
        if self.key not in exchange.key or self.query not in exchange.query:
            return False
        self.matched += 1
        if self.matched < self.first or (self.times and self.fired >= self.times):
            return False
        if not self.fault.concerns(exchange):
            return False
        self.fired += 1
        return True


class _Cut(Exception):
    """The connection to the client is to be closed now."""


class Proxy:
    """Serves until close(); any number of connections, a thread for each."""

    def __init__(
        self,
        upstream: str,
        log: Path | None = None,
        port: int = 0,
        seed: int | None = None,
        idle_s: float | None = None,
    ) -> None:
        """`idle_s`: connections that say nothing for so long are closed, as stores do."""
        parts = urlsplit(upstream)
        self._tls = ssl.create_default_context() if parts.scheme == "https" else None
        self._upstream = (parts.hostname or "", parts.port or (443 if self._tls else 80))
        self._log = log.open("a", encoding="utf-8") if log else None
        self._lock = threading.Condition()
        self._rules: list[Rule] = []
        self._exchanges: list[Exchange] = []
        self._sockets: set[socket.socket] = set()
        self._threads: list[threading.Thread] = []
        self._seed = seed
        self.idle_s = idle_s
        self.closed_idle = 0  # connections
        self.closing = threading.Event()
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
            self.closing.set()
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
                if self.closing.is_set():
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

    def _begin(self, head: Head) -> tuple[Exchange, Fault]:
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
        return exchange, rule.fault if rule else Fault()

    def _note(self, exchange: Exchange, **changes: object) -> None:
        with self._lock:
            for name, value in changes.items():
                setattr(exchange, name, value)
            self._lock.notify_all()

    def _end(self, exchange: Exchange) -> None:
        self._note(exchange, ended=time.monotonic() - self._epoch)
        with self._lock:
            if self._log and not self._log.closed:
                line = asdict(exchange) | ({} if self._seed is None else {"seed": self._seed})
                print(json.dumps(line), file=self._log, flush=True)


class _Connection(Link):
    """One client connection and the connection to the store that belongs to it."""

    def __init__(self, proxy: Proxy, client: socket.socket) -> None:
        self._proxy = proxy
        self._client = client
        self._reader = client.makefile("rb", buffering=CHUNK)
        self._upstream: socket.socket | None = None
        self._upstream_reader = None
        self._served = False  # a request

    def close(self) -> None:
        for item in (self._upstream_reader, self._upstream, self._reader, self._client):
            if item is not None:
                item.close()
        self._upstream = self._upstream_reader = None

    def serve_one(self) -> bool:
        """One exchange. False when the client has no more to say."""
        if self._is_idle():
            return False
        head = http_wire.read_head(self._reader)
        if head is None:
            return False
        self._served = True
        self.exchange, fault = self._proxy._begin(head)
        try:
            keep = self._exchange(head, fault)
        except OSError as error:
            self._note(broken=str(error))
            raise
        finally:
            self._proxy._end(self.exchange)
        return keep

    def _is_idle(self) -> bool:
        """Between two requests; the client sends none before the last was answered."""
        limit = self._proxy.idle_s
        if limit is None or not self._served or select.select([self._client], [], [], limit)[0]:
            return False
        with self._proxy._lock:
            self._proxy.closed_idle += 1
        return True

    def fire(self, fault: str) -> None:
        self._note(fault=fault)

    def cut(self, *, reset: bool = False) -> NoReturn:
        if reset:
            self._client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        raise _Cut(self.exchange.fault)

    def wait(self, event: threading.Event) -> None:
        while not event.wait(POLL_S):
            self._leave_with_the_client()
        self._leave_with_the_client()

    def pause(self, seconds: float) -> None:
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            self._proxy.closing.wait(min(left, POLL_S))
            self._leave_with_the_client()

    def stall(self) -> NoReturn:
        while True:
            self.pause(PATIENCE_S)

    def _leave_with_the_client(self) -> None:
        watch = select.poll()
        watch.register(self._client, select.POLLRDHUP)
        if watch.poll(0) or self._proxy.closing.is_set():
            self.fire(f"{self.exchange.fault} until the client left")
            self.cut()

    def _note(self, **changes: object) -> None:
        self._proxy._note(self.exchange, **changes)

    def _exchange(self, head: Head, fault: Fault) -> bool:
        length = int(head.get("content-length") or 0)
        if instead := fault.before(head, self):
            return self._answer(instead, length)
        self._forward_request(head, fault, length)
        answer = http_wire.read_answer(self._upstream_reader)
        self._note(answered=time.monotonic() - self._proxy._epoch)
        changed = fault.answer_head(answer, self)
        self._note(status=changed.status)
        body = http_wire.body(self._upstream_reader, head, answer, CHUNK)
        pieces = itertools.chain([changed.raw], body)
        sent = 0
        for piece in fault.answer_bytes(changed, pieces, self):
            self._client.sendall(piece)
            sent += len(piece)
            self._note(response_bytes=max(0, sent - len(changed.raw)))
        return "close" not in (answer.get("connection").lower(), head.get("connection").lower())

    def _answer(self, answer: Answer, length: int) -> bool:
        """In the store's stead, once the request is here."""
        http_wire.discard(self._reader, length)
        headers = {"Content-Length": str(len(answer.body)), **answer.headers}
        lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        head = f"HTTP/1.1 {answer.status} Proxy\r\n{lines}\r\n"
        body = b"" if self.exchange.method == "HEAD" else answer.body
        self._client.sendall(head.encode() + body)
        self._note(status=answer.status)
        return True

    def _forward_request(self, head: Head, fault: Fault, length: int) -> None:
        if head.get("expect"):
            self._client.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
        upstream = self._fresh_upstream()
        upstream.sendall(head.without("expect").raw)
        for piece in fault.request_body(http_wire.pieces(self._reader, length, CHUNK), self):
            upstream.sendall(piece)
            self._note(request_bytes=self.exchange.request_bytes + len(piece))

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
            proxy.add(Rule(Delay(options.delay_ms / 1000)))
        print(proxy.url, flush=True)
        stop.wait()


if __name__ == "__main__":
    main()
