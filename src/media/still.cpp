#include "media/still.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <new>
#include <stdexcept>
#include <string_view>
#include <utility>

#include "media/av_error.h"
#include "media/filter_graph.h"
#include "media/input_policy.h"
#include "media/log_capture.h"

namespace s3reel::media {
namespace {

struct Signature {
  AVCodecID codec;
  std::size_t offset;
  std::string_view bytes;
};

// PNG (second edition), 5.2; JPEG (ITU-T T.81), B.1.1.3; WebP container specification, "WebP File
// Header"; BMP by its first two letters.
constexpr std::array<Signature, 4> kSignatures{{
    {AV_CODEC_ID_PNG, 0, "\x89PNG\r\n\x1a\n"},
    {AV_CODEC_ID_MJPEG, 0, "\xff\xd8\xff"},
    {AV_CODEC_ID_WEBP, 8, "WEBP"},
    {AV_CODEC_ID_BMP, 0, "BM"},
}};

AVCodecID codec_of(std::span<const std::byte> bytes) {
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  for (const Signature& one : kSignatures) {
    if (text.size() > one.offset && text.substr(one.offset).starts_with(one.bytes)) {
      return one.codec;
    }
  }
  return AV_CODEC_ID_NONE;
}

PacketPtr packet_of(std::span<const std::byte> bytes) {
  PacketPtr packet = make_packet();
  check(
      ErrorKind::internal,
      av_new_packet(packet.get(), static_cast<int>(bytes.size())),
      "read picture");
  std::memcpy(packet->data, bytes.data(), bytes.size());
  return packet;
}

FramePtr decode(const AVCodec& codec, std::span<const std::byte> bytes) {
  const CodecPtr context(avcodec_alloc_context3(&codec));
  if (!context) {
    throw std::bad_alloc();
  }
  context->thread_count = 1;
  context->max_pixels = InputLimits{}.pixels;
  context->err_recognition = AV_EF_EXPLODE | AV_EF_CRCCHECK;
  const LogCapture said;
  FramePtr frame = make_frame();
  int code = avcodec_open2(context.get(), &codec, nullptr);
  code = code < 0 ? code : avcodec_send_packet(context.get(), packet_of(bytes).get());
  code = code < 0 ? code : avcodec_send_packet(context.get(), nullptr);
  code = code < 0 ? code : avcodec_receive_frame(context.get(), frame.get());
  if (code < 0) {
    throw std::runtime_error(said.text().empty() ? av_reason(code) : said.text());
  }
  return frame;
}

FramePtr in_rgba(FramePtr frame, int width) {
  frame->pts = 0;
  frame->time_base = {1, 25};
  const bool deep =
      av_pix_fmt_desc_get(static_cast<AVPixelFormat>(frame->format))->comp[0].depth > 8;
  FilterRecipe recipe{.steps = {{"format", {{"pix_fmts", deep ? "rgba64" : "rgba"}}}}};
  if (width > 0) {
    recipe.steps.insert(
        recipe.steps.begin(),
        {"scale", {{"w", std::to_string(width)}, {"h", "-1"}, {"flags", "lanczos+accurate_rnd"}}});
  }
  FilterGraph graph(recipe, 1);
  FramePtr made;
  const auto take = [&made](FramePtr one) {
    made = std::move(one);
  };
  graph.push(std::move(frame), take);
  graph.flush(take);
  if (!made) {
    throw std::runtime_error("nothing is left of it at that size");
  }
  return made;
}

}  // namespace

FramePtr decode_still(std::span<const std::byte> bytes, int width) {
  const AVCodec* codec = avcodec_find_decoder(codec_of(bytes));
  if (codec == nullptr) {
    throw std::runtime_error("it is no PNG, JPEG, WebP or BMP");
  }
  return in_rgba(decode(*codec, bytes), width);
}

}  // namespace s3reel::media
