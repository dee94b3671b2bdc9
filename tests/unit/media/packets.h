#pragma once

/// Packets of a clip read with libavformat alone, and results read back the same way: a judge that
/// shares no code with src/.

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "media/library.h"
#include "media/ptr.h"
#include "unit/media/clips.h"

namespace s3reel::test {

/// A file opened by libavformat from bytes.
class Opened {
 public:
  explicit Opened(const Content& bytes) {
    media::silence_libraries();
    folder_ = std::make_unique<TemporaryFolder>();
    const std::string path = folder_->file("opened");
    write_file(path, bytes);
    AVFormatContext* raw = nullptr;
    if (avformat_open_input(&raw, path.c_str(), nullptr, nullptr) < 0) {
      throw std::runtime_error("libavformat does not open it");
    }
    format_.reset(raw);
    if (avformat_find_stream_info(raw, nullptr) < 0) {
      throw std::runtime_error("libavformat finds no streams");
    }
  }

  [[nodiscard]] AVFormatContext& format() const { return *format_; }

  [[nodiscard]] AVStream& stream(int index) const {
    return *format_->streams[index];  // NOLINT(cppcoreguidelines-pro-bounds-pointer-arithmetic)
  }

  /// All packets from here on, with their time base set.
  [[nodiscard]] std::vector<media::PacketPtr> packets() const {
    std::vector<media::PacketPtr> all;
    while (true) {
      media::PacketPtr packet = media::make_packet();
      if (av_read_frame(format_.get(), packet.get()) < 0) {
        return all;
      }
      packet->time_base = stream(packet->stream_index).time_base;
      all.push_back(std::move(packet));
    }
  }

 private:
  std::unique_ptr<TemporaryFolder> folder_;
  media::InputPtr format_;
};

inline std::string tag(const AVDictionary* dictionary, const char* key) {
  const AVDictionaryEntry* entry = av_dict_get(dictionary, key, nullptr, 0);
  return entry == nullptr ? std::string() : entry->value;
}

inline media::PacketPtr ref_packet(const AVPacket& packet) {
  media::PacketPtr copy(av_packet_clone(&packet));
  if (!copy) {
    throw std::bad_alloc();
  }
  return copy;
}

inline media::PacketPtr ref_packet(const media::PacketPtr& packet) {
  return ref_packet(*packet);
}

inline bool same_data(const AVPacket& a, const AVPacket& b) {
  return a.size == b.size && std::memcmp(a.data, b.data, static_cast<std::size_t>(a.size)) == 0;
}

/// Packets of one stream, in their order.
inline std::vector<media::PacketPtr> of_stream(
    const std::vector<media::PacketPtr>& packets, int index) {
  std::vector<media::PacketPtr> some;
  for (const media::PacketPtr& packet : packets) {
    if (packet->stream_index == index) {
      some.push_back(ref_packet(*packet));
    }
  }
  return some;
}

}  // namespace s3reel::test
