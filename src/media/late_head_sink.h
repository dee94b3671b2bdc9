#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "media/mux_sink.h"

namespace s3reel::media {

/// For a muxer that is somebody else's: what it writes is appended, its head stays open, and where
/// it writes MP4 or MOV the index comes to stand in front, as FaststartSink does for our own.
///
/// It is found by what is written: `ftyp`, `free` or `wide`, and an `mdat` whose size is known by
/// the time that its samples end. What follows is caught in memory, where the muxer may go back, as
/// long as it looks like an index and is not larger than one; anything else is passed on.
class LateHeadSink final : public MuxSink {
 public:
  explicit LateHeadSink(io::ObjectWriter& writer) : writer_(writer) {}

  [[nodiscard]] bool seekable() const override { return true; }

  /// Throws Error{usage} for a place that is on its way to the store already, or behind the end.
  void write(std::uint64_t position, std::span<const std::byte> data) override;

  void finish() override;

 private:
  void keep_front(std::uint64_t position, std::span<const std::byte> data);
  [[nodiscard]] std::optional<std::uint64_t> end_of_samples() const;
  void look_for_tail();
  void pass(std::uint64_t position, std::span<const std::byte> data);
  void catch_tail(std::uint64_t offset, std::span<const std::byte> data);
  [[nodiscard]] bool may_be_index() const;
  void give_up();

  io::ObjectWriter& writer_;
  std::vector<std::byte> front_;             ///< a copy of the first bytes
  std::optional<std::uint64_t> tail_begin_;  ///< where the samples end
  std::vector<std::byte> tail_;              ///< everything behind that
  bool passes_on_ = false;                   ///< there is no index to be caught
};

}  // namespace s3reel::media
