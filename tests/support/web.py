"""A web server of one file, with the validators and habits that a test asks for."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType

LONG_AGO = "Mon, 02 Jan 2023 03:04:05 GMT"
PATH = "/films/in%20here.mp4"
TOKEN = "hunter2-of-the-query"
QUERY = f"quotes='in'&token={TOKEN}"


@dataclass
class Web:
    """Serves `content` at url(), and nothing without the token, until the block ends."""

    content: bytes
    etag: str = '"one"'
    last_modified: str = LONG_AGO
    ranges: bool = True
    redirect_to: str = ""  # instead of the content
    after: Callable[[int], None] | None = None  # called behind each answer with its number
    requests: list[dict[str, str]] = field(default_factory=list)  # headers, and "path"

    def __enter__(self) -> Web:
        web = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                web._answer(self)

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever)
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}{PATH}?{QUERY}"

    def _answer(self, request: BaseHTTPRequestHandler) -> None:
        self.requests.append({"path": request.path} | {k.lower(): v for k, v in request.headers.items()})
        status, headers, body = self._reply(request)
        request.send_response(status)
        for name, value in headers.items():
            request.send_header(name, value)
        request.send_header("Content-Length", str(len(body)))
        request.end_headers()
        request.wfile.write(body)
        if self.after:
            self.after(len(self.requests))

    def _reply(self, request: BaseHTTPRequestHandler) -> tuple[int, dict[str, str], bytes]:
        if self.redirect_to:
            return 302, {"Location": self.redirect_to}, b""
        if request.path != f"{PATH}?{QUERY}":
            return 403, {}, b"who are you?"
        headers = {"ETag": self.etag, "Last-Modified": self.last_modified}
        headers = {name: value for name, value in headers.items() if value}
        if request.headers.get("If-Match", self.etag) != self.etag:
            return 412, headers, b""
        if request.headers.get("If-Unmodified-Since", self.last_modified) != self.last_modified:
            return 412, headers, b""
        wanted = re.fullmatch(r"bytes=(\d+)-(\d+)", request.headers.get("Range", ""))
        if not wanted or not self.ranges:
            return 200, headers, self.content
        begin, end = int(wanted[1]), min(int(wanted[2]) + 1, len(self.content))
        headers["Content-Range"] = f"bytes {begin}-{end - 1}/{len(self.content)}"
        return 206, headers, self.content[begin:end]
