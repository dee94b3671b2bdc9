#include "media/late_head_sink.h"

#include <algorithm>
#include <cstring>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "base/units.h"
#include "mp4/box.h"
#include "mp4/relocate.h"
#include "s3reel/error.h"

namespace s3reel::media {
namespace {

// ftyp with all its brands and the two headers that follow it, with room to spare.
constexpr std::size_t kFrontBytes = 4096;
// An index has some 12 bytes a packet; this is a day of picture and sound.
constexpr std::size_t kLargestIndex = 256 * base::kMiB;

Error misplaced(std::uint64_t position, std::string reason) {
  return Error(ErrorInfo{
      .kind = ErrorKind::usage,
      .operation = "write",
      .subject = fmt::format("byte {}", position),
      .reason = std::move(reason)});
}

}  // namespace

void LateHeadSink::write(std::uint64_t position, std::span<const std::byte> data) {
  keep_front(position, data);
  look_for_tail();
  if (passes_on_ || !tail_begin_) {
    pass(position, data);
    return;
  }
  const std::uint64_t among_samples =
      position < *tail_begin_ ? std::min<std::uint64_t>(data.size(), *tail_begin_ - position) : 0;
  if (among_samples > 0) {
    pass(position, data.first(among_samples));
  }
  if (among_samples < data.size()) {
    catch_tail(position + among_samples - *tail_begin_, data.subspan(among_samples));
  }
}

void LateHeadSink::keep_front(std::uint64_t position, std::span<const std::byte> data) {
  if (position >= kFrontBytes || position > front_.size()) {
    return;
  }
  const std::size_t count = std::min<std::size_t>(data.size(), kFrontBytes - position);
  front_.resize(std::max<std::size_t>(front_.size(), position + count));
  std::memcpy(front_.data() + position, data.data(), count);
}

/// nullopt: that is not known yet, or what is written is something else.
std::optional<std::uint64_t> LateHeadSink::end_of_samples() const {
  std::uint64_t position = 0;
  bool begun = false;
  while (position < front_.size()) {
    const auto [status, header] = mp4::read_header(std::span(front_).subspan(position));
    if (status != mp4::HeaderStatus::complete || !header.size) {
      return std::nullopt;
    }
    if (header.type == mp4::fourcc("mdat")) {
      return begun ? std::optional(position + *header.size) : std::nullopt;
    }
    const bool filler = header.type == mp4::fourcc("free") || header.type == mp4::fourcc("wide");
    if (begun ? !filler : header.type != mp4::fourcc("ftyp")) {
      return std::nullopt;
    }
    begun = true;
    position += *header.size;
  }
  return std::nullopt;
}

void LateHeadSink::look_for_tail() {
  if (passes_on_ || tail_begin_) {
    return;
  }
  tail_begin_ = end_of_samples();
  // What is behind the samples must not have been passed on by then.
  passes_on_ = tail_begin_ && *tail_begin_ < end_;
}

void LateHeadSink::pass(std::uint64_t position, std::span<const std::byte> data) {
  if (position > end_) {
    throw misplaced(position, fmt::format("nothing was written from byte {} up to it", end_));
  }
  const std::uint64_t open = std::min<std::uint64_t>(end_, writer_.retained_bytes());
  if (position != end_ && position + data.size() > open) {
    throw misplaced(
        position,
        fmt::format(
            "it is on its way to the store already; only the first {} can be written again",
            base::format_bytes(open)));
  }
  append_or_patch(writer_, position, data);
}

void LateHeadSink::catch_tail(std::uint64_t offset, std::span<const std::byte> data) {
  if (offset > tail_.size() || end_ < *tail_begin_) {
    throw misplaced(
        *tail_begin_ + offset, fmt::format("nothing was written from byte {} up to it", end_));
  }
  tail_.resize(std::max<std::size_t>(tail_.size(), offset + data.size()));
  std::memcpy(tail_.data() + offset, data.data(), data.size());
  end_ = *tail_begin_ + tail_.size();
  if (!may_be_index()) {
    give_up();
  }
}

bool LateHeadSink::may_be_index() const {
  const auto [status, header] = mp4::read_header(tail_);
  const bool begun =
      status == mp4::HeaderStatus::short_of_bytes || header.type == mp4::fourcc("moov");
  return begun && tail_.size() <= kLargestIndex;
}

/// Everything stays where it was written.
void LateHeadSink::give_up() {
  passes_on_ = true;
  end_ = *tail_begin_;
  append_or_patch(writer_, end_, std::exchange(tail_, {}));
}

void LateHeadSink::finish() {
  if (passes_on_ || tail_.empty()) {
    return;
  }
  const auto [status, header] = mp4::read_header(tail_);
  const bool whole = status == mp4::HeaderStatus::complete && header.type == mp4::fourcc("moov") &&
                     header.size.value_or(0) == tail_.size();
  if (!whole) {
    give_up();
    return;
  }
  std::vector<std::byte> index;
  try {
    index = mp4::relocate_moov(tail_);
  } catch (const Error&) {
    // It holds what cannot be moved. The file is good as it is.
    give_up();
    return;
  }
  tail_.clear();
  writer_.insert(mp4::end_of_ftyp(front_), std::move(index));
}

}  // namespace s3reel::media
