// libFuzzer's way into a target.

#include "fuzz/target.h"

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer calls it so
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto bytes = std::as_bytes(std::span(data, size));
  s3reel::fuzz::examine({bytes.begin(), bytes.end()});
  return 0;
}
