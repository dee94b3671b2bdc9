#include "media/mux_sink.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include <fmt/format.h>

#include "base/units.h"
#include "mp4/box.h"
#include "mp4/relocate.h"
#include "s3reel/error.h"

namespace s3reel::media {
namespace {

// ftyp with all its brands and the two headers that follow it, with room to spare.
constexpr std::size_t kHeadBytes = 4096;

constexpr std::size_t kSmallIndexBytes = 64 * base::kKiB;
constexpr std::size_t kIndexBytesPerPacket = 24;

Error muxer_defect(std::string reason) {
  return Error(ErrorInfo{.operation = "mux", .reason = std::move(reason)});
}

}  // namespace

std::unique_ptr<MuxSink> make_sink(Container container, io::ObjectWriter& writer) {
  switch (container) {
    case Container::mp4:
    case Container::mov:
      return std::make_unique<FaststartSink>(writer);
    case Container::mkv:
      return std::make_unique<PatchedHeadSink>(writer);
    case Container::fmp4:
      break;
  }
  return std::make_unique<AppendSink>(writer);
}

void MuxSink::append_or_patch(
    io::ObjectWriter& writer, std::uint64_t position, std::span<const std::byte> data) {
  if (position == end_) {
    writer.append(data);
    end_ += data.size();
    return;
  }
  if (position + data.size() > std::min<std::uint64_t>(end_, writer.retained_bytes())) {
    throw muxer_defect(fmt::format(
        "the muxer went back to byte {} of {}, which may be on its way already", position, end_));
  }
  writer.patch(position, data);
}

void FaststartSink::write(std::uint64_t position, std::span<const std::byte> data) {
  keep_front(position, data);
  if (!in_trailer_ || position + data.size() <= trailer_begin_) {
    append_or_patch(writer_, position, data);
    return;
  }
  if (position < trailer_begin_) {
    throw muxer_defect("a write of the trailer begins among the samples");
  }
  const std::uint64_t offset = position - trailer_begin_;
  const std::uint64_t needed = offset + data.size();
  if (offset > tail_.size()) {
    throw muxer_defect("the trailer has a hole");
  }
  tail_.resize(std::max<std::size_t>(tail_.size(), needed));
  std::memcpy(tail_.data() + offset, data.data(), data.size());
  end_ = std::max(end_, position + data.size());
}

void FaststartSink::begin_trailer(std::uint64_t packets) {
  // Room for the whole index, so that it need not move while it grows; what is not written to is
  // not backed by memory. Measured: 9 to 12 bytes a packet.
  tail_.reserve(kSmallIndexBytes + packets * kIndexBytesPerPacket);
  in_trailer_ = true;
  trailer_begin_ = end_;
}

void FaststartSink::finish() {
  const Front front = parse_front();
  if (front.mdat_end < trailer_begin_ || front.mdat_end - trailer_begin_ > tail_.size()) {
    throw muxer_defect("the size of mdat does not match what was written");
  }
  const std::uint64_t late = front.mdat_end - trailer_begin_;
  if (late > 0) {
    writer_.append(std::span(tail_).first(late));
    tail_.erase(tail_.begin(), tail_.begin() + static_cast<std::ptrdiff_t>(late));
  }
  writer_.insert(front.ftyp_end, mp4::relocate_moov(std::exchange(tail_, {})));
}

void FaststartSink::keep_front(std::uint64_t position, std::span<const std::byte> data) {
  if (position >= kHeadBytes) {
    return;
  }
  const std::size_t count = std::min<std::size_t>(data.size(), kHeadBytes - position);
  front_.resize(std::max<std::size_t>(front_.size(), position + count));
  std::memcpy(front_.data() + position, data.data(), count);
}

FaststartSink::Front FaststartSink::parse_front() const {
  const std::size_t ftyp_end = mp4::end_of_ftyp(front_);
  std::size_t position = ftyp_end;
  while (position < front_.size()) {
    const auto [status, header] = mp4::read_header(std::span(front_).subspan(position));
    if (status != mp4::HeaderStatus::complete || !header.size) {
      break;
    }
    if (header.type == mp4::fourcc("mdat")) {
      return {ftyp_end, position + *header.size};
    }
    position += *header.size;
  }
  throw muxer_defect("there is no mdat behind ftyp");
}

}  // namespace s3reel::media
