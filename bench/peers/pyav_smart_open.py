"""The grayscale job as it is usually written in Python: PyAV, numpy and smart_open.

  pyav_smart_open.py s3://bucket/in.mp4 s3://bucket/out.mp4 PRESET CRF usual|tuned

A peer of the benchmarks, with threads in decoder and encoder. `usual` is the idiom that scripts
have; `tuned` is the best we know: 32-bit arithmetic, and one plane back instead of three. Its
output is fragmented MP4, because an upload cannot go back to write the index in front.
"""

from __future__ import annotations

import sys

import av
import grayscale
import numpy
from smart_open import open as smart_open

BT709_SINGLE = numpy.array(grayscale.BT709, dtype=numpy.float32)
FRAGMENTED = {"movflags": "frag_keyframe+empty_moov+default_base_moof+delay_moov"}


def usual(rgb: numpy.ndarray) -> av.VideoFrame:
    return av.VideoFrame.from_ndarray(grayscale.usual(rgb), format="rgb24")


def tuned(rgb: numpy.ndarray) -> av.VideoFrame:
    gray = (rgb.astype(numpy.float32) @ BT709_SINGLE).astype(numpy.uint8)
    return av.VideoFrame.from_ndarray(gray, format="gray")


def process(source: av.container.InputContainer, target: av.container.OutputContainer) -> None:
    preset, crf, variant = sys.argv[3:]
    gray_of = {"usual": usual, "tuned": tuned}[variant]
    video_in, audio_in = source.streams.video[0], source.streams.audio[0]
    video_in.thread_type = "AUTO"
    video = target.add_stream("libx264", rate=video_in.average_rate)
    video.width, video.height, video.pix_fmt = video_in.width, video_in.height, "yuv420p"
    video.codec_context.time_base = video_in.time_base
    video.thread_type = "AUTO"
    video.options = {"preset": preset, "crf": crf}
    audio = target.add_stream("aac", rate=audio_in.rate)
    audio.bit_rate = audio_in.bit_rate
    for packet in source.demux(video_in, audio_in):
        for frame in packet.decode():
            if packet.stream is video_in:
                result = gray_of(frame.to_ndarray(format="rgb24"))
                result.pts, result.time_base = frame.pts, frame.time_base
                target.mux(video.encode(result))
            else:
                target.mux(audio.encode(frame))
    for stream in (video, audio):
        target.mux(stream.encode(None))


def main() -> None:
    source, destination = sys.argv[1:3]
    with smart_open(source, "rb") as reader, smart_open(destination, "wb") as writer:
        with (
            av.open(reader) as container,
            av.open(writer, "w", format="mp4", options=FRAGMENTED) as output,
        ):
            process(container, output)


if __name__ == "__main__":
    main()
