"""The environment that tests and demo run in: nothing of the caller's AWS set-up shines through.

An external store is used only when the caller names both its endpoint and a bucket for tests.
"""

from __future__ import annotations

import os
import shlex
from typing import Mapping

EXTERNAL = ("AWS_ENDPOINT_URL_S3", "S3REEL_TEST_BUCKET")
LOOPBACK = "127.0.0.1,localhost,.localhost"


def wants_external_store(environment: Mapping[str, str] = os.environ) -> bool:
    return all(environment.get(name) for name in EXTERNAL)


def foreign_names(environment: Mapping[str, str] = os.environ) -> list[str]:
    """Variables that carry somebody's AWS settings."""
    return sorted(n for n in environment if n.startswith("AWS_") or n == "REGION_NAME")


def loopback_bypass(environment: Mapping[str, str] = os.environ) -> dict[str, str]:
    """Proxies stay in force for everything but the servers of the tests."""
    given = environment.get("NO_PROXY") or environment.get("no_proxy") or ""
    missing = [name for name in LOOPBACK.split(",") if name not in given.split(",")]
    value = ",".join(filter(None, [given, *missing]))
    return {"NO_PROXY": value, "no_proxy": value}


def clean(environment: Mapping[str, str] = os.environ) -> dict[str, str]:
    result = {n: v for n, v in environment.items() if n not in foreign_names(environment)}
    result.update(loopback_bypass(environment))
    result.update(
        AWS_CONFIG_FILE="/dev/null",
        AWS_SHARED_CREDENTIALS_FILE="/dev/null",
        AWS_EC2_METADATA_DISABLED="true",
    )
    return result


def exports(settings: Mapping[str, str]) -> str:
    """Shell lines that make the caller's shell use `settings`."""
    stale = [name for name in foreign_names() if name not in settings]
    lines = [f"unset {' '.join(stale)}"] if stale else []
    lines += [f"export {name}={shlex.quote(value)}" for name, value in settings.items()]
    return "\n".join(lines)
