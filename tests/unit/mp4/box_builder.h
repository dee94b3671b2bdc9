#pragma once

/// Boxes and whole moovs for tests, and a reader of moovs that shares no code with src/mp4.

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

namespace s3reel::test {

using Bytes = std::vector<std::byte>;

inline Bytes number(std::uint64_t value, int size) {
  Bytes out;
  for (int i = size - 1; i >= 0; --i) {
    out.push_back(static_cast<std::byte>(value >> (8 * static_cast<unsigned>(i))));
  }
  return out;
}

inline Bytes text(const std::string& letters) {
  Bytes out;
  for (const char letter : letters) {
    out.push_back(static_cast<std::byte>(letter));
  }
  return out;
}

inline Bytes join(std::initializer_list<Bytes> parts) {
  Bytes out;
  for (const Bytes& part : parts) {
    out.insert(out.end(), part.begin(), part.end());
  }
  return out;
}

inline Bytes box(const std::string& type, const Bytes& payload) {
  return join({number(payload.size() + 8, 4), text(type), payload});
}

/// With a 64-bit length although it would not need one.
inline Bytes long_box(const std::string& type, const Bytes& payload) {
  return join({number(1, 4), text(type), number(payload.size() + 16, 8), payload});
}

struct TrackSpec {
  std::vector<std::uint64_t> chunks;
  std::uint32_t samples_in_chunk = 1;
  std::vector<std::uint32_t> sizes{};  ///< one a sample; empty: all are 10 bytes long
  bool wide = false;                   ///< co64 from the start
};

inline Bytes sample_table(const TrackSpec& track) {
  const std::uint64_t samples = track.chunks.size() * track.samples_in_chunk;
  Bytes stsz = join({number(0, 4), number(track.sizes.empty() ? 10 : 0, 4), number(samples, 4)});
  for (const std::uint32_t size : track.sizes) {
    stsz = join({stsz, number(size, 4)});
  }
  const bool any = !track.chunks.empty();
  Bytes stsc = join({number(0, 4), number(any ? 1 : 0, 4)});
  if (any) {
    stsc = join({stsc, number(1, 4), number(track.samples_in_chunk, 4), number(1, 4)});
  }
  Bytes offsets = join({number(0, 4), number(track.chunks.size(), 4)});
  for (const std::uint64_t chunk : track.chunks) {
    const Bytes entry = number(chunk, track.wide ? 8 : 4);
    offsets.insert(offsets.end(), entry.begin(), entry.end());
  }
  return box(
      "stbl",
      join(
          {box("stsd", number(0, 8)),
           box("stsc", stsc),
           box("stsz", stsz),
           box(track.wide ? "co64" : "stco", offsets)}));
}

inline Bytes track_box(const TrackSpec& track) {
  const Bytes minf = box("minf", join({box("vmhd", Bytes(12)), sample_table(track)}));
  return box("trak", join({box("tkhd", Bytes(20)), box("mdia", join({box("mdhd", {}), minf}))}));
}

inline Bytes moov_box(const std::vector<TrackSpec>& tracks, const Bytes& behind = {}) {
  Bytes payload = box("mvhd", Bytes(100));
  for (const TrackSpec& track : tracks) {
    payload = join({payload, track_box(track)});
  }
  return box("moov", join({payload, behind}));
}

struct TrackOffsets {
  bool wide = false;
  std::vector<std::uint64_t> chunks{};
};

/// Reads what moov_box() and the muxer write; throws std::runtime_error where lengths do not fit
/// together to the byte.
class MoovReader {
 public:
  static std::vector<TrackOffsets> read(std::span<const std::byte> moov) {
    MoovReader reader;
    reader.visit(moov, "");
    return reader.tracks_;
  }

  static std::uint64_t number_at(std::span<const std::byte> bytes, std::size_t at, int size) {
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < static_cast<std::size_t>(size); ++i) {
      if (at + i >= bytes.size()) {
        throw std::runtime_error("a number ends behind the bytes");
      }
      value = value * 256 + std::to_integer<std::uint64_t>(bytes[at + i]);
    }
    return value;
  }

 private:
  void visit(std::span<const std::byte> boxes, const std::string& parents) {
    while (!boxes.empty()) {
      std::uint64_t size = number_at(boxes, 0, 4);
      std::size_t header = 8;
      if (size == 1) {
        size = number_at(boxes, 8, 8);
        header = 16;
      }
      if (size < header || size > boxes.size()) {
        throw std::runtime_error("a box in '" + parents + "' does not fit");
      }
      std::string path = parents + "/";
      for (std::size_t i = 4; i < 8; ++i) {
        path += static_cast<char>(boxes[i]);
      }
      const auto payload = boxes.subspan(header, static_cast<std::size_t>(size) - header);
      open(path, payload);
      boxes = boxes.subspan(static_cast<std::size_t>(size));
    }
  }

  void open(const std::string& path, std::span<const std::byte> payload) {
    const std::string table = "/moov/trak/mdia/minf/stbl/";
    if (path == table + "stco" || path == table + "co64") {
      const bool wide = path.ends_with("co64");
      const int size = wide ? 8 : 4;
      const std::uint64_t count = number_at(payload, 4, 4);
      if (payload.size() != 8 + count * static_cast<std::uint64_t>(size)) {
        throw std::runtime_error("a table of another size than its entries");
      }
      TrackOffsets track{.wide = wide};
      for (std::uint64_t i = 0; i < count; ++i) {
        const auto at = static_cast<std::size_t>(8 + i * static_cast<std::uint64_t>(size));
        track.chunks.push_back(number_at(payload, at, size));
      }
      tracks_.push_back(track);
    } else if (table.starts_with(path + "/")) {
      visit(payload, path);
    }
  }

  std::vector<TrackOffsets> tracks_;
};

}  // namespace s3reel::test
