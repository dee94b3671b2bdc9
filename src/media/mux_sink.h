#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "io/object_writer.h"
#include "media/container.h"

namespace s3reel::media {

/// Takes a muxer's positioned writes and turns them into what an ObjectWriter offers: appending,
/// and a head that stays open. One implementation for each way a muxer goes back. Used by one
/// thread. The writer must outlive the sink.
class MuxSink {
 public:
  MuxSink() = default;
  MuxSink(const MuxSink&) = delete;
  MuxSink& operator=(const MuxSink&) = delete;
  virtual ~MuxSink() = default;

  /// Whether the muxer may go back at all.
  [[nodiscard]] virtual bool seekable() const = 0;

  virtual void write(std::uint64_t position, std::span<const std::byte> data) = 0;

  /// Everything before the trailer has been written: `packets` of all streams.
  virtual void begin_trailer(std::uint64_t packets) { static_cast<void>(packets); }

  /// The trailer has been written: give the writer what is still missing.
  virtual void finish() {}

  /// One past the last byte written.
  [[nodiscard]] std::uint64_t end() const { return end_; }

 protected:
  /// Appends at the end or patches the retained head; anything else is Error{internal}.
  void append_or_patch(
      io::ObjectWriter& writer, std::uint64_t position, std::span<const std::byte> data);

  std::uint64_t end_ = 0;
};

std::unique_ptr<MuxSink> make_sink(Container container, io::ObjectWriter& writer);

/// MP4 and MOV with the index in front, in one pass.
///
/// libavformat's muxer writes `ftyp | free or wide | mdat` and the samples, appending only. Its
/// trailer may append late samples, patches the size of mdat and then writes moov behind it, going
/// back inside moov. So everything from the beginning of the trailer on is caught in memory; the
/// patched size of mdat says where samples end and moov begins; moov's chunk offsets are shifted by
/// its own size, and it is inserted behind ftyp. The result is what `-movflags faststart` makes.
class FaststartSink final : public MuxSink {
 public:
  explicit FaststartSink(io::ObjectWriter& writer) : writer_(writer) {}

  [[nodiscard]] bool seekable() const override { return true; }

  void write(std::uint64_t position, std::span<const std::byte> data) override;
  void begin_trailer(std::uint64_t packets) override;
  void finish() override;

 private:
  struct Front {
    std::uint64_t ftyp_end;
    std::uint64_t mdat_end;
  };

  void keep_front(std::uint64_t position, std::span<const std::byte> data);
  [[nodiscard]] Front parse_front() const;

  io::ObjectWriter& writer_;
  bool in_trailer_ = false;
  std::uint64_t trailer_begin_ = 0;
  std::vector<std::byte> front_;  ///< a copy of the first bytes: ftyp and the header of mdat
  std::vector<std::byte> tail_;   ///< everything written from trailer_begin_ on
};

/// Formats that go back only into their first bytes, as Matroska does.
class PatchedHeadSink final : public MuxSink {
 public:
  explicit PatchedHeadSink(io::ObjectWriter& writer) : writer_(writer) {}

  [[nodiscard]] bool seekable() const override { return true; }

  void write(std::uint64_t position, std::span<const std::byte> data) override {
    append_or_patch(writer_, position, data);
  }

 private:
  io::ObjectWriter& writer_;
};

/// Formats that never go back.
class AppendSink final : public MuxSink {
 public:
  explicit AppendSink(io::ObjectWriter& writer) : writer_(writer) {}

  [[nodiscard]] bool seekable() const override { return false; }

  void write(std::uint64_t position, std::span<const std::byte> data) override {
    append_or_patch(writer_, position, data);
  }

 private:
  io::ObjectWriter& writer_;
};

}  // namespace s3reel::media
