"""HTTP/1.1 on the wire, as far as a proxy before an S3 store needs it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import BinaryIO
from urllib.parse import parse_qs

LARGEST_HEAD = 64 * 1024


class WireError(Exception):
    """Bytes that are no HTTP, or an end where none may be."""


@dataclass(frozen=True)
class Head:
    """A request's or an answer's first line and headers, with the bytes they came in."""

    first: str
    headers: tuple[tuple[str, str], ...]
    raw: bytes

    def get(self, name: str) -> str:
        return next((v for n, v in self.headers if n.lower() == name), "")

    def without(self, name: str) -> Head:
        lines = self.raw.split(b"\r\n")
        kept = [line for line in lines if not line.lower().startswith(name.encode() + b":")]
        return Head(self.first, self.headers, b"\r\n".join(kept))

    def replaced(self, changes: Mapping[str, str]) -> Head:
        """With other values for headers; one that was absent comes last."""
        changed = {name.lower(): (name, value) for name, value in changes.items()}
        pairs = [changed.pop(name.lower(), (name, value)) for name, value in self.headers]
        pairs += changed.values()
        lines = [self.first, *(f"{name}: {value}" for name, value in pairs), "", ""]
        return Head(self.first, tuple(pairs), "\r\n".join(lines).encode("latin-1"))

    @property
    def method(self) -> str:
        return self.first.split(" ")[0]

    @property
    def target(self) -> str:
        return self.first.split(" ")[1]

    @property
    def status(self) -> int:
        return int(self.first.split(" ")[1])


def read_head(source: BinaryIO) -> Head | None:
    """None when the peer closed before saying anything."""
    lines: list[bytes] = []
    while True:
        line = source.readline(LARGEST_HEAD)
        if not line and not lines:
            return None
        if not line.endswith(b"\r\n"):
            raise WireError("the peer closed within a head")
        lines.append(line)
        if line == b"\r\n":
            break
    pairs = [line.decode("latin-1").rstrip("\r\n").partition(":") for line in lines[1:-1]]
    headers = tuple((name, value.strip()) for name, _, value in pairs)
    return Head(lines[0].decode("latin-1").rstrip("\r\n"), headers, b"".join(lines))


def read_answer(source: BinaryIO) -> Head:
    """The final answer's head; interim ones (100 Continue) are dropped."""
    while True:
        head = read_head(source)
        if head is None:
            raise WireError("the store closed without an answer")
        if head.status >= 200:
            return head


def pieces(source: BinaryIO, length: int, chunk: int) -> Iterator[bytes]:
    """Exactly `length` bytes, as they arrive."""
    while length:
        data = source.read1(min(length, chunk))
        if not data:
            raise WireError(f"the peer closed {length} bytes early")
        length -= len(data)
        yield data


def discard(source: BinaryIO, length: int) -> None:
    for _ in pieces(source, length, 65536):
        pass


def body(source: BinaryIO, request: Head, answer: Head, chunk: int) -> Iterator[bytes]:
    """The answer's body as it is on the wire, with the framing of chunks."""
    if request.method == "HEAD" or answer.status in (204, 304):
        return
    if answer.get("transfer-encoding").lower() == "chunked":
        yield from _chunked(source)
    else:
        yield from pieces(source, int(answer.get("content-length") or 0), chunk)


def _chunked(source: BinaryIO) -> Iterator[bytes]:
    while True:
        line = source.readline(LARGEST_HEAD)
        size = int(line.split(b";")[0], 16)
        rest = source.read(size + 2) if size else source.readline(LARGEST_HEAD)
        yield line + rest
        if size == 0:
            return


def _range(text: str) -> tuple[int, int | None] | None:
    found = re.fullmatch(r"bytes=(\d+)-(\d*)", text)
    if not found:
        return None
    return int(found[1]), int(found[2]) if found[2] else None


def covers(range_header: str, offset: int) -> bool:
    """Whether a request for this range is answered with the object's byte at `offset`."""
    if not range_header:
        return True
    found = _range(range_header)
    if found is None:  # a suffix range: only the answer tells
        return False
    first, last = found
    return first <= offset and (last is None or offset <= last)


def first_byte(answer: Head) -> int:
    """The offset at which the body of this answer begins in its object."""
    found = re.match(r"bytes (\d+)-", answer.get("content-range"))
    return int(found[1]) if found else 0


BY_QUERY = {
    ("GET", "uploads"): "ListMultipartUploads",
    ("GET", "uploadId"): "ListParts",
    ("GET", "list-type"): "ListObjectsV2",
    ("POST", "uploads"): "CreateMultipartUpload",
    ("POST", "uploadId"): "CompleteMultipartUpload",
    ("POST", "delete"): "DeleteObjects",
    ("PUT", "partNumber"): "UploadPart",
    ("DELETE", "uploadId"): "AbortMultipartUpload",
}
BY_METHOD = {"GET": "GetObject", "HEAD": "HeadObject", "PUT": "PutObject", "DELETE": "DeleteObject"}


def operation(request: Head) -> str:
    """The S3 operation, by method and query."""
    path, _, query = request.target.partition("?")
    names = parse_qs(query, keep_blank_values=True)
    for (method, name), found in BY_QUERY.items():
        if method == request.method and name in names:
            return found
    if request.method == "PUT" and request.get("x-amz-copy-source"):
        return "CopyObject"
    if request.method == "HEAD" and "/" not in path.strip("/"):
        return "HeadBucket"
    return BY_METHOD.get(request.method, request.method)
