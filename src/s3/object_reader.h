#pragma once

#include <cstdint>
#include <list>
#include <memory>
#include <optional>
#include <stop_token>
#include <vector>

#include "base/byte_budget.h"
#include "io/byte_source.h"
#include "s3/client.h"
#include "s3/range_fetcher.h"
#include "s3/read_cursor.h"
#include "s3/read_plan.h"

namespace s3reel::s3 {

/// Reads one object by parallel ranged GETs (docs/reading.md). The opening GET tells size and
/// generation; every later range is pinned to them.
///
/// A demuxer reads on from a few places in turn: each gets a cursor with a window of its own, all
/// within one byte budget. Read-ahead fetches nothing twice: it ends where bytes are held, on their
/// way or were read before. Bytes that the reader needs are fetched whatever the plan and the
/// windows say.
///
/// Used by one thread; a stop request may come from any and interrupts a blocked read at once.
class ObjectReader final : public io::ByteSource {
 public:
  /// Sends the opening GET. Throws Error{refused} if there is no such object, Error{input} if it is
  /// empty. `client` and `clock` must outlive the reader.
  static std::unique_ptr<ObjectReader> open(
      RangeClient& client,
      base::Clock& clock,
      const ObjectName& object,
      const ReaderSettings& settings,
      std::stop_token stop);

  [[nodiscard]] const io::SourceIdentity& identity() const override { return identity_; }

  std::size_t read_at(std::uint64_t offset, std::span<std::byte> out) override;
  void plan(const std::vector<io::ByteRange>& ranges) override;

  /// The most bytes that were held or asked for at once.
  [[nodiscard]] std::uint64_t peak_bytes() const { return budget_.peak(); }

 private:
  struct Place {
    ReadCursor* cursor = nullptr;
    std::shared_ptr<RangeChunk> chunk;
  };

  /// What the opening GET brought.
  struct Opening {
    io::SourceIdentity identity;
    std::shared_ptr<RangeChunk> first;
    std::shared_ptr<BlockPool> pool;
  };

  ObjectReader(
      RangeClient& client,
      base::Clock& clock,
      const ObjectName& object,
      const ReaderSettings& settings,
      Opening opening,
      std::stop_token stop);

  [[nodiscard]] std::optional<Place> locate(std::uint64_t offset);
  Place ask_for(std::uint64_t offset);
  ReadCursor& cursor_for(std::uint64_t offset);
  void drop(std::list<ReadCursor>::iterator cursor);
  void drop_oldest();

  void read_ahead(ReadCursor& cursor);
  [[nodiscard]] std::optional<io::ByteRange> next_range(
      const ReadCursor& cursor, std::uint64_t bytes) const;
  [[nodiscard]] std::uint64_t end_of_free(std::uint64_t from, std::uint64_t to) const;
  [[nodiscard]] bool held(std::uint64_t offset) const;
  std::optional<base::ByteBudget::Token> reserve_ahead(ReadCursor& cursor, std::uint64_t bytes);
  base::ByteBudget::Token reserve_wanted(ReadCursor& cursor, std::uint64_t bytes);
  void add(
      ReadCursor& cursor,
      io::ByteRange range,
      base::ByteBudget::Token token,
      RangeFetcher::Urgency urgency);
  [[nodiscard]] std::uint64_t share() const;
  [[nodiscard]] bool idle(const ReadCursor& cursor) const;
  [[nodiscard]] bool was_read(std::uint64_t offset) const;
  void mark_read(const RangeChunk& chunk, std::uint64_t offset);

  const io::SourceIdentity identity_;
  const ReaderSettings settings_;
  const std::shared_ptr<BlockPool> pool_;
  const std::stop_token stop_;
  base::ByteBudget budget_;
  ReadPlan plan_;
  std::list<ReadCursor> cursors_;  ///< most recently used first
  std::vector<bool> read_blocks_;  ///< blocks of the object that were fetched and read
  std::uint64_t delivered_ = 0;
  RangeFetcher fetcher_;  ///< last: its threads end before the chunks' budget goes
};

}  // namespace s3reel::s3
