"""Which libraries a wheel must carry, and how ldd tells that it does."""

from __future__ import annotations

from pathlib import Path

import wheel_libraries

LDD = """\
\tlinux-vdso.so.1 (0x00007ffd)
\tlibavcodec-1f.so.59 => {venv}/lib/s3reel/../s3reel.libs/libavcodec-1f.so.59 (0x00007f01)
\tlibX11.so.6 => /lib/x86_64-linux-gnu/libX11.so.6 (0x00007f02)
\tlibc.so.6 => /lib/x86_64-linux-gnu/libc.so.6 (0x00007f03)
\tlibm.so.6 => not found
\t/lib64/ld-linux-x86-64.so.2 (0x00007f04)
"""


def test_what_is_neither_carried_nor_the_systems_is_outside(tmp_path: Path) -> None:
    found = wheel_libraries.outside(LDD.format(venv=tmp_path), tmp_path)
    assert found == ["libX11.so.6 => /lib/x86_64-linux-gnu/libX11.so.6", "libm.so.6 => not found"]


def test_a_folder_beside_does_not_count(tmp_path: Path) -> None:
    ldd = LDD.format(venv=f"{tmp_path}-other")
    assert any("libavcodec" in line for line in wheel_libraries.outside(ldd, tmp_path))


def test_policies_leave_the_c_library_and_the_compilers_to_the_system() -> None:
    wide = {"name": "manylinux_2_36", "lib_whitelist": ["libc.so.6", "libstdc++.so.6", "libX11.so.6"]}
    assert wheel_libraries.narrowed([wide]) == [
        {"name": "manylinux_2_36", "lib_whitelist": ["libc.so.6", "libstdc++.so.6"]}
    ]
