"""Calls that a type checker refuses: every line that ends in `# wrong`, and no other."""

import numpy as np

import s3reel


@s3reel.op(format="yuv420p")
def looks(frame: s3reel.Frame) -> s3reel.Frame:
    frame.pts = "1"  # wrong
    frame.time = 1.0  # wrong
    frame.planes.mean()  # wrong
    frame.array.nosuch  # wrong
    return frame


def told(frames: int) -> None:
    print(frames)


s3reel.process("in.mp4")  # wrong
s3reel.process("in.mp4", 7)  # wrong
s3reel.process("in.mp4", "out.mp4", 7)  # wrong
s3reel.process("in.mp4", "out.mp4", [np.zeros(3)])  # wrong
s3reel.process("in.mp4", "out.mp4", progress=told)  # wrong
s3reel.process("in.mp4", "out.mp4").streams  # wrong
s3reel.op(looks, format=7)  # wrong
s3reel.op(looks, changes="size")  # wrong
s3reel.op(contract="parallel")  # wrong
s3reel.op(contract=(1, 2))  # wrong
s3reel.Window(before="1")  # wrong
s3reel.plugin()  # wrong
s3reel.filter(7)  # wrong

with s3reel.open("in.mp4") as video:
    video.frames(size="160x120")  # wrong
    video.frames(begin=1.0)  # wrong
    video.frame_at("middle")  # wrong
    video.size + 1  # wrong
    len(video.batches(np.zeros((1, 8, 8, 3), np.uint8)))  # wrong
    with s3reel.create("out.mp4") as out:  # wrong
        out.write(np.zeros((8, 8, 3), np.uint8), pts=0.5)  # wrong
        out.publish()  # wrong

s3reel.open_source("in.mp4").raw.nosuch  # wrong
s3reel.open_sink("out.mp4").result["etag"]  # wrong
s3reel.nosuch  # wrong
