#include "media/metered_source.h"

#include "media/input_policy.h"

namespace s3reel::media {

std::size_t MeteredSource::read_at(std::uint64_t offset, std::span<std::byte> out) {
  const auto begun = std::chrono::steady_clock::now();
  const std::size_t got = source_.read_at(offset, out);
  waited_ += std::chrono::steady_clock::now() - begun;
  if (got > opening_left_) {
    throw hostile_input(
        identity().url,
        "too much of it has to be read to find out what it holds",
        "check the source with ffprobe");
  }
  opening_left_ -= got;
  return got;
}

}  // namespace s3reel::media
