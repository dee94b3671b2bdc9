"""A certificate authority of its own for one test server, made with the openssl command."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Sequence


BEHIND_A_PROXY = "192.0.2.1"  # of TEST-NET-1 (RFC 5737): nothing is there, unless a proxy says so


def _names(buckets: Sequence[str]) -> str:
    """OpenSSL and libcurl refuse *.localhost (a wildcard under a top-level name): spelled out."""
    hosts = ["DNS:localhost", *(f"DNS:{bucket}.localhost" for bucket in buckets)]
    return ",".join([*hosts, "IP:127.0.0.1", f"IP:{BEHIND_A_PROXY}"])


def _openssl(*arguments: str) -> None:
    done = subprocess.run(
        ["openssl", *arguments], stdin=subprocess.DEVNULL, capture_output=True, text=True
    )
    if done.returncode != 0:
        raise RuntimeError(f"openssl {arguments[0]} failed: {done.stderr.strip()}")


def make(folder: Path, buckets: Sequence[str]) -> tuple[Path, Path, Path]:
    """Writes CA certificate, server certificate and server key; returns their paths."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    ca, ca_key = folder / "ca.pem", folder / "ca.key"
    cert, key, wish = folder / "server.pem", folder / "server.key", folder / "server.csr"
    extensions = folder / "server.ext"
    curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
    _openssl(
        *["req", "-x509", *curve, "-days", "30", "-subj", "/CN=s3reel test CA"],
        *["-addext", "keyUsage=critical,keyCertSign,cRLSign"],
        *["-keyout", str(ca_key), "-out", str(ca)],
    )
    _openssl(
        *["req", *curve, "-subj", "/CN=localhost", "-keyout", str(key), "-out", str(wish)],
    )
    extensions.write_text(f"subjectAltName={_names(buckets)}\nextendedKeyUsage=serverAuth\n")
    _openssl(
        *["x509", "-req", "-in", str(wish), "-CA", str(ca), "-CAkey", str(ca_key)],
        *["-CAcreateserial", "-days", "30", "-extfile", str(extensions), "-out", str(cert)],
    )
    return ca, cert, key
