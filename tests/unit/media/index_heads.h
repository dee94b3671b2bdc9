#pragma once

/// Heads of MP4 and MOV made by hand, and what IndexGuard says of them.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <span>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "io/memory_store.h"
#include "media/index_guard.h"
#include "s3reel/error.h"
#include "unit/mp4/box_builder.h"

namespace s3reel::test {

constexpr std::uint64_t kNoLimit = UINT64_MAX;

/// Reads as libavformat would, and counts what the guard asks for by itself.
class Reader {
 public:
  explicit Reader(const Bytes& file, std::uint64_t most = kNoLimit)
      : file_(file), source_(file), guard_(source_, most) {}

  void read(std::uint64_t offset, std::uint64_t end) {
    const auto all = std::span<const std::byte>(file_);
    guard_.pass(offset, all.subspan(offset, end - offset));
  }

  void read_all(std::uint64_t piece) {
    for (std::uint64_t at = 0; at < file_.size(); at += piece) {
      read(at, std::min<std::uint64_t>(at + piece, file_.size()));
    }
  }

  void jump(std::uint64_t offset) { guard_.jump(offset); }

  [[nodiscard]] std::uint64_t furthest() const { return source_.furthest; }

 private:
  class Source final : public io::ByteSource {
   public:
    explicit Source(const Bytes& file) : memory_("memory", std::make_shared<Bytes>(file)) {}

    [[nodiscard]] const io::SourceIdentity& identity() const override { return memory_.identity(); }

    std::size_t read_at(std::uint64_t offset, std::span<std::byte> out) override {
      const std::size_t got = memory_.read_at(offset, out);
      furthest = std::max(furthest, offset + got);
      return got;
    }

    std::uint64_t furthest = 0;

   private:
    io::MemorySource memory_;
  };

  Bytes file_;
  Source source_;
  media::IndexGuard guard_;
};

inline std::string refusal(const Bytes& file, std::uint64_t most, std::uint64_t piece = 64'000) {
  try {
    Reader(file, most).read_all(piece);
    return {};
  } catch (const Error& error) {
    EXPECT_EQ(error.info().kind, ErrorKind::input) << error.what();
    return error.info().reason;
  }
}

/// That file claims so many entries: with one less for a limit it is refused, in whatever pieces it
/// is read.
inline void expect_claim(const Bytes& file, std::uint64_t entries) {
  for (const std::uint64_t piece : {1U, 7U, 64'000U}) {
    EXPECT_EQ(refusal(file, entries, piece), "") << piece;
    EXPECT_THAT(
        refusal(file, entries - 1, piece),
        testing::HasSubstr(std::to_string(entries - 1) + " are the limit"))
        << piece;
  }
}

inline Bytes sizes(std::uint32_t count) {
  return box("stsz", join({number(0, 4), number(1, 4), number(count, 4)}));
}

inline Bytes table(const std::string& type, std::initializer_list<Bytes> entries) {
  return box(type, join({number(0, 4), number(entries.size(), 4), join(entries)}));
}

inline Bytes pair(std::uint32_t a, std::uint32_t b) {
  return join({number(a, 4), number(b, 4)});
}

inline Bytes run(std::uint32_t first_chunk, std::uint32_t samples) {
  return join({pair(first_chunk, samples), number(1, 4)});
}

inline Bytes handler(const std::string& kind) {
  return box("hdlr", join({Bytes(8), text(kind), Bytes(12)}));
}

inline Bytes track(
    std::initializer_list<Bytes> tables, const Bytes& before = {}, const Bytes& handlers = {}) {
  const Bytes inner = box("minf", box("stbl", join(tables)));
  return box("trak", join({before, box("mdia", join({handlers, inner}))}));
}

inline Bytes track_of(const std::string& kind, std::initializer_list<Bytes> tables) {
  return track(tables, {}, handler(kind));
}

inline Bytes moov(std::initializer_list<Bytes> inside) {
  return box("moov", join({box("mvhd", Bytes(100)), join(inside)}));
}

inline Bytes fragment(std::uint32_t samples) {
  const Bytes run = box("trun", pair(0, samples));
  return box("moof", box("traf", join({box("tfhd", Bytes(8)), run})));
}

inline Bytes description(std::initializer_list<Bytes> entries) {
  return table("stsd", entries);
}

/// A sample entry: 8 bytes of it are given.
inline Bytes entry(const std::string& format, const Bytes& rest) {
  return box(format, join({Bytes(8), rest}));
}

}  // namespace s3reel::test
