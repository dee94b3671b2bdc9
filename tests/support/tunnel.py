"""A forward proxy for https: answers CONNECT and passes bytes on, always to 127.0.0.1.

So a store on this machine can be given an address that is not of this machine. Nothing that passes
through the tunnel is looked at.
"""

from __future__ import annotations

import socket
import threading
from socketserver import StreamRequestHandler, ThreadingTCPServer
from types import TracebackType

from . import http_wire

CHUNK = 64 * 1024
# What some proxies send along with it must not be taken for the store's either.
ESTABLISHED = b"HTTP/1.1 200 Connection established\r\nETag: \"of-the-proxy\"\r\n\r\n"


class _Handler(StreamRequestHandler):
    rbufsize = 0  # what follows the head belongs to the tunnel

    def handle(self) -> None:
        head = http_wire.read_head(self.rfile)
        if head is None or head.method != "CONNECT":
            return
        self.server.targets.append(head.target)
        port = int(head.target.rpartition(":")[2])
        with socket.create_connection(("127.0.0.1", port)) as store:
            self.wfile.write(ESTABLISHED)
            back = threading.Thread(target=_pass_on, args=(store, self.connection), daemon=True)
            back.start()
            _pass_on(self.connection, store)
            back.join()


def _pass_on(source: socket.socket, sink: socket.socket) -> None:
    """Until either side closes; then the other side hears of it."""
    try:
        while data := source.recv(CHUNK):
            sink.sendall(data)
    except OSError:
        pass
    for end in (source, sink):
        try:
            end.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass  # closed by the other direction


class Tunnel:
    """Serves until the end of its `with` block."""

    def __init__(self) -> None:
        self._server = ThreadingTCPServer(("127.0.0.1", 0), _Handler)
        self._server.daemon_threads = True
        self._server.targets = []
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    @property
    def targets(self) -> list[str]:
        """host:port of every CONNECT so far."""
        return list(self._server.targets)

    def __enter__(self) -> Tunnel:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
