// What a source's head claims, as libavformat would believe it: any bytes are walked to their end,
// by small reads inside the object, and either pass or are refused.

#include <algorithm>

#include "fuzz/target.h"
#include "media/claim_scan.h"
#include "media/index_guard.h"
#include "s3reel/error.h"

namespace s3reel::fuzz {
namespace {

constexpr std::uint64_t kMostEntries = 1'000'000;

class Source final : public io::ByteSource {
 public:
  explicit Source(const Bytes& bytes) : bytes_(bytes) {
    identity_.url = "memory";
    identity_.size = bytes_.size();
  }

  [[nodiscard]] const io::SourceIdentity& identity() const override { return identity_; }

  std::size_t read_at(std::uint64_t offset, std::span<std::byte> out) override {
    require(offset <= bytes_.size(), "reads begin inside the object");
    require(out.size() <= 4'096, "reads are small");
    const auto rest = std::span<const std::byte>(bytes_).subspan(static_cast<std::size_t>(offset));
    const std::size_t got = std::min(rest.size(), out.size());
    std::copy_n(rest.begin(), got, out.begin());
    return got;
  }

 private:
  const Bytes& bytes_;
  io::SourceIdentity identity_;
};

template <class Watch>
void expect_refusal(Watch watch) {
  try {
    watch();
  } catch (const Error& error) {
    require(error.info().kind == ErrorKind::input, "what is claimed too much is bad input");
    require(!error.info().reason.empty(), "a refusal says why");
  }
}

/// Hands the file over as a demuxer reads it: in pieces, some of them left out.
template <class Take, class Jump>
void read(const Bytes& file, std::size_t piece, std::uint8_t left_out, Take take, Jump jump) {
  unsigned count = 0;
  for (std::size_t at = 0; at < file.size(); at += piece) {
    if (left_out != 0 && ++count % left_out == 0) {
      jump(at + piece);
    } else {
      take(at, std::span(file).subspan(at, std::min(piece, file.size() - at)));
    }
  }
}

}  // namespace

void examine(const Bytes& bytes) {
  Input input(bytes);
  const std::size_t piece = 16U + input.byte();
  const std::uint8_t left_out = input.byte();
  const Bytes file = input.bytes();
  Source source(file);
  expect_refusal([&] {
    media::IndexGuard guard(source, kMostEntries);
    read(
        file,
        piece,
        left_out,
        [&](std::uint64_t at, auto data) { guard.pass(at, data); },
        [&](std::uint64_t at) { guard.jump(at); });
  });
  for (const auto format : {media::ClaimScan::Format::mxf, media::ClaimScan::Format::matroska}) {
    expect_refusal([&] {
      media::ClaimScan scan(source, format, kMostEntries);
      read(
          file,
          piece,
          left_out,
          [&](std::uint64_t at, auto data) { scan.pass(at, data); },
          [](std::uint64_t) {});
    });
  }
}

}  // namespace s3reel::fuzz
