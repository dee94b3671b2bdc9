#include "io/byte_source.h"

namespace s3reel::io {

std::span<const std::byte> read_up_to(
    ByteSource& source, std::uint64_t offset, std::span<std::byte> out) {
  std::size_t filled = 0;
  while (filled < out.size()) {
    const std::size_t got = source.read_at(offset + filled, out.subspan(filled));
    if (got == 0) {
      break;
    }
    filled += got;
  }
  return out.first(filled);
}

}  // namespace s3reel::io
