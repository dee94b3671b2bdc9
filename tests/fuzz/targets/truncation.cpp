// Whether an object was cut off: any bytes get a verdict, from a bounded number of small reads. An
// MP4 that is whole passes, and cut anywhere inside its last box it does not.

#include "media/truncation.h"

#include <array>

#include "fuzz/target.h"
#include "s3reel/error.h"
#include "unit/mp4/box_builder.h"

namespace s3reel::fuzz {
namespace {

class CountingSource final : public io::ByteSource {
 public:
  explicit CountingSource(Bytes bytes) : bytes_(std::move(bytes)) {
    identity_.url = "memory";
    identity_.size = bytes_.size();
  }

  [[nodiscard]] const io::SourceIdentity& identity() const override { return identity_; }

  std::size_t read_at(std::uint64_t offset, std::span<std::byte> out) override {
    ++reads;
    require(out.size() <= 16, "heads only are read");
    if (offset >= bytes_.size()) {
      return 0;
    }
    const auto rest = std::span<const std::byte>(bytes_).subspan(static_cast<std::size_t>(offset));
    const std::size_t got = std::min(rest.size(), out.size());
    std::copy_n(rest.begin(), got, out.begin());
    return got;
  }

  std::size_t reads = 0;

 private:
  Bytes bytes_;
  io::SourceIdentity identity_;
};

/// Whether `check` lets the object pass. `most_reads` is what it may cost.
template <class Check>
bool passes(const Bytes& bytes, std::size_t most_reads, Check check) {
  CountingSource source(bytes);
  bool whole = true;
  try {
    check(source);
  } catch (const Error& error) {
    require(error.info().kind == ErrorKind::input, "a cut file is bad input");
    whole = false;
  }
  require(source.reads <= most_reads, "a verdict is cheap");
  return whole;
}

constexpr std::size_t kLastBox = 100;  ///< bytes of its payload

/// Top-level boxes as the input says, but none that ends the walk early; media in the last one.
Bytes mp4_of(Input input) {
  static constexpr std::array kTypes{
      "free", "mdat", "moov", "uuid", "wide", "sidx", "skip", "abcd"};
  Bytes file = s3reel::test::box("ftyp", Bytes(8));
  while (!input.empty() && file.size() < 1'000) {
    const std::uint8_t kind = input.byte();
    const Bytes payload(16U + kind / kTypes.size());
    const char* type = kTypes[kind % kTypes.size()];
    const bool is_long = kind % 5 == 0;
    const Bytes box =
        is_long ? s3reel::test::long_box(type, payload) : s3reel::test::box(type, payload);
    file.insert(file.end(), box.begin(), box.end());
  }
  return s3reel::test::join({file, s3reel::test::box("mdat", Bytes(kLastBox))});
}

}  // namespace

void examine(const Bytes& bytes) {
  Input input(bytes);
  const auto known_end = input.number<std::uint16_t>();
  const Bytes file = input.bytes();
  constexpr std::size_t kMostReads = 300;  // 64 parts, twice for AVI, two reads at an end
  const auto check = [](io::ByteSource& source) {
    static_cast<void>(media::check_not_truncated(source));
  };
  static_cast<void>(passes(file, kMostReads, check));
  // A Cluster's elements are visited one by one, and the shortest has two bytes.
  static_cast<void>(passes(file, file.size() + 2, [&](io::ByteSource& source) {
    media::check_matroska_end(source, known_end);
  }));
  static_cast<void>(passes(file, kMostReads, [&](io::ByteSource& source) {
    media::check_fragments_end(source, known_end);
  }));
  Bytes whole = mp4_of(Input(bytes));
  require(passes(whole, kMostReads, check), "a whole file passes");
  whole.resize(whole.size() - 1 - known_end % kLastBox);
  require(!passes(whole, kMostReads, check), "a cut file does not pass");
}

}  // namespace s3reel::fuzz
