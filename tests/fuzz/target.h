#pragma once

/// What every fuzz target has in common. A target defines examine(); libfuzzer.cpp calls it with
/// inputs that libFuzzer invents, replay.cpp with the files of the corpus.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace s3reel::fuzz {

using Bytes = std::vector<std::byte>;

/// Lets the code under test loose on one input. Whatever it throws, and whatever a sanitizer says,
/// is a bug; so only the exceptions that the code promises are caught.
void examine(const Bytes& input);

/// Throws, which both callers of examine() take for a bug, unless `holds`.
inline void require(bool holds, const char* promise) {
  if (!holds) {
    throw std::logic_error(std::string("broken: ") + promise);
  }
}

/// Takes an input apart. Behind its end there are zeros and empty texts, so that every input is
/// one.
class Input {
 public:
  explicit Input(std::span<const std::byte> bytes) : rest_(bytes) {}

  [[nodiscard]] bool empty() const noexcept { return rest_.empty(); }

  /// Big-endian.
  template <class T>
  T number() {
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < sizeof(T) && !rest_.empty(); ++i) {
      value = (value << 8U) | std::to_integer<std::uint64_t>(rest_.front());
      rest_ = rest_.subspan(1);
    }
    return static_cast<T>(value);
  }

  std::uint8_t byte() { return number<std::uint8_t>(); }

  /// Up to the next line end, which is dropped.
  std::string line() {
    const std::string_view all = view();
    const auto end = std::min(all.find('\n'), all.size());
    rest_ = rest_.subspan(std::min(end + 1, rest_.size()));
    return std::string(all.substr(0, end));
  }

  /// All that is left.
  std::string text() {
    std::string all(view());
    rest_ = {};
    return all;
  }

  Bytes bytes() {
    Bytes all(rest_.begin(), rest_.end());
    rest_ = {};
    return all;
  }

 private:
  [[nodiscard]] std::string_view view() const {
    return {reinterpret_cast<const char*>(rest_.data()), rest_.size()};
  }

  std::span<const std::byte> rest_;
};

}  // namespace s3reel::fuzz
