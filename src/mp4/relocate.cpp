#include "mp4/relocate.h"

#include <algorithm>
#include <array>
#include <limits>
#include <optional>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "mp4/box.h"
#include "s3reel/error.h"

namespace s3reel::mp4 {
namespace {

constexpr std::uint64_t kLargest32 = std::numeric_limits<std::uint32_t>::max();
/// Version, flags and entry count stand before the entries.
constexpr std::size_t kTablePrefix = 8;

[[noreturn]] void fail(std::string reason) {
  throw Error(ErrorInfo{.operation = "mp4.relocate", .reason = std::move(reason)});
}

std::uint64_t add(std::uint64_t a, std::uint64_t b) {
  if (a > std::numeric_limits<std::uint64_t>::max() - b) {
    fail(fmt::format("the offset {} + {} does not fit 64 bits", a, b));
  }
  return a + b;
}

/// An entry of a table, 4 or 8 bytes long.
std::uint64_t number(std::span<const std::byte> bytes, std::size_t at, std::size_t size) {
  std::optional<std::uint64_t> value;
  if (size == 8) {
    value = read_u64(bytes, at);
  } else {
    value = read_u32(bytes, at);
  }
  if (!value) {
    fail(fmt::format("the moov has no {} bytes at {}", size, at));
  }
  return *value;
}

/// The chunk offsets of one track.
struct OffsetTable {
  Box box;
  std::size_t entry_size = 4;
  std::size_t count = 0;
  std::uint64_t reach = 0;               ///< the largest offset that decides between 32 and 64 bits
  std::array<std::size_t, 4> parents{};  ///< where trak, mdia, minf and stbl begin
  bool promote = false;                  ///< becomes a co64

  [[nodiscard]] std::size_t entry(std::size_t index) const {
    return box.payload + kTablePrefix + index * entry_size;
  }

  [[nodiscard]] std::size_t growth() const { return promote ? 4 * count : 0; }
};

/// The moov while its tables are being found.
class Index {
 public:
  explicit Index(std::span<const std::byte> bytes) : bytes_(bytes) {
    BoxWalk walk(bytes_);
    const auto moov = walk.next();
    if (!moov || moov->type != fourcc("moov") || moov->end != bytes_.size()) {
      fail(fmt::format("{} bytes are not exactly one moov box", bytes_.size()));
    }
    each_child(*moov, [this](const Box& child) {
      refuse(child);
      if (child.type == fourcc("trak")) {
        visit_track(child);
      }
      visit_metadata(child);
    });
  }

  [[nodiscard]] std::vector<OffsetTable> take() && { return std::move(tables_); }

 private:
  template <class Visit>
  void each_child(const Box& parent, Visit visit) const {
    BoxWalk walk(bytes_, parent);
    while (const auto child = walk.next()) {
      visit(*child);
    }
    if (walk.malformed()) {
      fail(fmt::format(
          "malformed box at byte {} of the moov, in '{}'", walk.position(), to_text(parent.type)));
    }
  }

  [[nodiscard]] std::optional<Box> child(const Box& parent, FourCc type) const {
    std::optional<Box> found;
    each_child(parent, [&](const Box& box) {
      if (box.type == type) {
        if (found) {
          fail(fmt::format("two '{}' boxes in '{}'", to_text(type), to_text(parent.type)));
        }
        found = box;
      }
    });
    return found;
  }

  static void refuse(const Box& box) {
    switch (box.type) {
      case fourcc("mvex"):
        fail("a fragmented file has no index to move (mvex)");
      case fourcc("cmov"):
        fail("a compressed moov cannot be moved (cmov)");
      case fourcc("saio"):
        fail("auxiliary information with offsets of its own is not supported (saio)");
      case fourcc("iloc"):
        fail("item locations with offsets of their own are not supported (iloc)");
      default:
        break;
    }
  }

  /// `meta` is a plain container in QuickTime and has a version in front in ISO files; the first
  /// child, always `hdlr`, tells which.
  void visit_metadata(const Box& box) const {
    if (box.type == fourcc("udta")) {
      each_child(box, [this](const Box& child) {
        if (child.type == fourcc("meta")) {
          visit_metadata(child);
        }
      });
    } else if (box.type == fourcc("meta")) {
      Box inside = box;
      const bool plain = read_u32(bytes_.first(box.end), box.payload + 4) == fourcc("hdlr");
      if (!plain) {
        inside.payload = std::min(box.payload + 4, box.end);
      }
      each_child(inside, refuse);
    }
  }

  void visit_track(const Box& trak) {
    each_child(trak, [this](const Box& child) { visit_metadata(child); });
    const auto mdia = child(trak, fourcc("mdia"));
    const auto minf = mdia ? child(*mdia, fourcc("minf")) : std::nullopt;
    const auto stbl = minf ? child(*minf, fourcc("stbl")) : std::nullopt;
    if (!stbl) {
      fail("a track without a sample table");
    }
    each_child(*stbl, refuse);
    const auto stco = child(*stbl, fourcc("stco"));
    const auto co64 = child(*stbl, fourcc("co64"));
    if (stco.has_value() == co64.has_value()) {
      fail("a track needs one table of chunk offsets");
    }
    OffsetTable table = read_table(stco ? *stco : *co64, stco ? 4 : 8);
    table.parents = {trak.begin, mdia->begin, minf->begin, stbl->begin};
    if (table.count > 0) {
      table.reach = std::max(table.reach, last_sample(*stbl, table));
    }
    tables_.push_back(table);
  }

  [[nodiscard]] OffsetTable read_table(const Box& box, std::size_t entry_size) const {
    OffsetTable table{.box = box, .entry_size = entry_size};
    table.count = entry_count(box, 4, entry_size);
    for (std::size_t i = 0; i < table.count; ++i) {
      table.reach = std::max(table.reach, offset(table, i));
    }
    return table;
  }

  /// The count that stands at `at` in the payload, checked to be that of the entries behind it.
  [[nodiscard]] std::size_t entry_count(
      const Box& box, std::size_t at, std::size_t entry_size) const {
    const std::size_t room = box.end - box.payload;
    const auto count = read_u32(bytes_.first(box.end), box.payload + at);
    if (!count || (room - at - 4) % entry_size != 0 || (room - at - 4) / entry_size != *count) {
      fail(fmt::format("the entries of '{}' do not fill it", to_text(box.type)));
    }
    return *count;
  }

  [[nodiscard]] std::uint64_t offset(const OffsetTable& table, std::size_t index) const {
    return number(bytes_, table.entry(index), table.entry_size);
  }

  /// Where the last sample of the track begins: behind the others of the last chunk.
  [[nodiscard]] std::uint64_t last_sample(const Box& stbl, const OffsetTable& table) const {
    const auto stsc = child(stbl, fourcc("stsc"));
    const auto stsz = child(stbl, fourcc("stsz"));
    if (!stsc || !stsz) {
      fail("a track with chunks but without stsc or stsz");
    }
    const std::size_t runs = entry_count(*stsc, 4, 12);
    if (runs == 0) {
      fail("a track with chunks but without samples in them");
    }
    const std::size_t last_run = stsc->payload + kTablePrefix + 12 * (runs - 1);
    const std::uint64_t in_chunk = number(bytes_, last_run + 4, 4);
    if (stsz->end - stsz->payload < 12) {
      fail("'stsz' is too short");
    }
    const std::uint64_t uniform = number(bytes_, stsz->payload + 4, 4);
    const std::uint64_t samples =
        uniform != 0 ? number(bytes_, stsz->payload + 8, 4) : entry_count(*stsz, 8, 4);
    if (number(bytes_, last_run, 4) > table.count || in_chunk == 0 || in_chunk > samples) {
      fail("stsc, stsz and the chunk offsets contradict each other");
    }
    std::uint64_t position = offset(table, table.count - 1);
    if (uniform != 0) {
      return add(position, (in_chunk - 1) * uniform);
    }
    const std::size_t sizes = stsz->payload + 12;
    for (std::uint64_t i = samples - in_chunk; i + 1 < samples; ++i) {
      position = add(position, number(bytes_, sizes + static_cast<std::size_t>(4 * i), 4));
    }
    return position;
  }

  std::span<const std::byte> bytes_;
  std::vector<OffsetTable> tables_;
};

/// Decides which tables are promoted and returns the size of the moov with them. A promotion
/// enlarges the shift, which may push another track over; each round promotes one at least.
std::uint64_t settle(std::vector<OffsetTable>& tables, std::uint64_t size, std::uint64_t extra) {
  for (bool changed = true; changed;) {
    changed = false;
    const std::uint64_t shift = add(size, extra);
    for (OffsetTable& table : tables) {
      const bool narrow = table.entry_size == 4 && table.count > 0 && !table.promote;
      if (narrow && add(table.reach, shift) > kLargest32) {
        table.promote = true;
        size += table.growth();
        changed = true;
      }
    }
  }
  return size;
}

void enlarge(std::span<std::byte> bytes, std::size_t begin, std::uint64_t growth) {
  const std::uint64_t size = number(bytes, begin, 4);
  if (size == 0) {
    return;  // to the end of what holds it, wherever that is
  }
  if (size == 1) {
    write_u64(bytes, begin + 8, add(number(bytes, begin + 8, 8), growth));
    return;
  }
  const std::uint64_t enlarged = add(size, growth);
  if (enlarged > kLargest32) {
    fail("the moov outgrows its 32-bit length");
  }
  write_u32(bytes, begin, static_cast<std::uint32_t>(enlarged));
}

void shift_in_place(std::span<std::byte> bytes, const OffsetTable& table, std::uint64_t shift) {
  for (std::size_t i = 0; i < table.count; ++i) {
    const std::size_t at = table.entry(i);
    if (table.entry_size == 8) {
      write_u64(bytes, at, add(number(bytes, at, 8), shift));
    } else {
      const std::uint64_t shifted = add(number(bytes, at, 4), shift);
      write_u32(bytes, at, static_cast<std::uint32_t>(shifted));
    }
  }
}

/// Makes room for the promoted tables; their entries keep their values, in 64 bits.
std::vector<std::byte> with_promoted_tables(
    const std::vector<std::byte>& moov, std::vector<OffsetTable>& tables, std::uint64_t size) {
  std::vector<std::byte> out;
  out.reserve(static_cast<std::size_t>(size));
  std::size_t copied = 0;
  const auto copy_until = [&](std::size_t end) {
    out.insert(
        out.end(),
        moov.begin() + static_cast<std::ptrdiff_t>(copied),
        moov.begin() + static_cast<std::ptrdiff_t>(end));
    copied = end;
  };
  std::size_t moved = 0;
  for (OffsetTable& table : tables) {
    if (table.promote) {
      copy_until(table.entry(0));
      out.resize(out.size() + 8 * table.count);
      write_u32(out, table.box.begin + moved + 4, fourcc("co64"));
      for (std::size_t i = 0; i < table.count; ++i) {
        write_u64(out, table.entry(0) + moved + 8 * i, number(moov, table.entry(i), 4));
      }
      copied = table.box.end;
      for (const std::size_t parent : table.parents) {
        enlarge(out, parent + moved, table.growth());
      }
      enlarge(out, table.box.begin + moved, table.growth());
    }
    const std::size_t growth = table.growth();
    table.box.begin += moved;
    table.box.payload += moved;
    table.box.end += moved + growth;
    table.entry_size = table.promote ? 8 : table.entry_size;
    moved += growth;
  }
  copy_until(moov.size());
  enlarge(out, 0, moved);
  return out;
}

}  // namespace

std::vector<std::byte> relocate_moov(std::vector<std::byte> moov, std::uint64_t extra) {
  std::vector<OffsetTable> tables = Index(moov).take();
  const std::uint64_t size = settle(tables, moov.size(), extra);
  if (size != moov.size()) {
    moov = with_promoted_tables(moov, tables, size);
  }
  for (const OffsetTable& table : tables) {
    shift_in_place(moov, table, add(size, extra));
  }
  return moov;
}

std::size_t end_of_ftyp(std::span<const std::byte> head) {
  BoxWalk walk(head);
  const auto ftyp = walk.next();
  // A length of 0 would mean that the ftyp is the whole file.
  if (!ftyp || ftyp->type != fourcc("ftyp") || read_u32(head, 0) == 0U) {
    fail(fmt::format("the first {} bytes do not begin with an ftyp box", head.size()));
  }
  return ftyp->end;
}

}  // namespace s3reel::mp4
