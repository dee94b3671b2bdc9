"""YUV and RGB by the standard: ITU-T H.273, 8.3, for limited BT.709, in floating point."""

from __future__ import annotations

import numpy as np

from .pictures import Clip

RED, BLUE = 0.2126, 0.0722
GREEN = 1 - RED - BLUE


def exact_rgb(frame: list[np.ndarray], clip: Clip) -> np.ndarray:
    """From 0 to 255; a sample of chroma is that of all its pixels."""
    luma, blue, red = (plane.astype(float) for plane in frame)
    grid_x, grid_y = clip.grid
    unit = 1 << (clip.depth - 8)
    luma = (luma / unit - 16) / 219
    height, width = luma.shape
    blue, red = (
        ((plane / unit - 128) / 224).repeat(grid_y, 0).repeat(grid_x, 1)[:height, :width]
        for plane in (blue, red)
    )
    r, b = luma + 2 * (1 - RED) * red, luma + 2 * (1 - BLUE) * blue
    g = (luma - RED * r - BLUE * b) / GREEN
    return np.clip(np.stack((r, g, b), axis=-1) * 255, 0, 255)


def means(plane: np.ndarray, grid: tuple[int, int]) -> np.ndarray:
    """Of the pixels that share a sample of chroma: fewer of them at an odd edge."""
    rows, columns = (np.arange(0, size, step) for size, step in zip(plane.shape, grid[::-1]))
    sums, counts = (
        np.add.reduceat(np.add.reduceat(one, rows, 0), columns, 1)
        for one in (plane, np.ones(plane.shape))
    )
    return sums / counts


def full_yuv(rgb: np.ndarray, clip: Clip) -> list[np.ndarray]:
    """Y, U and V of every pixel, not rounded, of RGB from 0 to 255."""
    r, g, b = np.moveaxis(rgb / 255, -1, 0)
    luma = RED * r + GREEN * g + BLUE * b
    blue, red = (b - luma) / (2 * (1 - BLUE)), (r - luma) / (2 * (1 - RED))
    unit = 1 << (clip.depth - 8)
    return [(16 + 219 * luma) * unit, (128 + 224 * blue) * unit, (128 + 224 * red) * unit]


def exact_yuv(rgb: np.ndarray, clip: Clip) -> list[np.ndarray]:
    """The same with chroma as the clip has it."""
    luma, *chroma = full_yuv(rgb, clip)
    return [luma, *(means(plane, clip.grid) for plane in chroma)]
