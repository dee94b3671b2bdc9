#include "media/metadata.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <iterator>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "media/compat.h"

namespace s3reel::media {
namespace {

// Brands, the tool that wrote the file, statistics of its streams: untrue of the result.
constexpr std::array<std::string_view, 13> kAboutStorage{
    "major_brand",
    "minor_version",
    "compatible_brands",
    "encoder",
    "handler_name",
    "vendor_id",
    "duration",
    "BPS",
    "NUMBER_OF_FRAMES",
    "NUMBER_OF_BYTES",
    "_STATISTICS",
    "encoding_tool",
    "timecode"};

bool about_storage(std::string_view key) {
  return std::any_of(kAboutStorage.begin(), kAboutStorage.end(), [key](std::string_view one) {
    return key.size() >= one.size() && av_strncasecmp(key.data(), one.data(), one.size()) == 0;
  });
}

std::vector<MetadataKey> entries(int stream, const AVDictionary* dictionary) {
  std::vector<MetadataKey> found;
  const AVDictionaryEntry* entry = nullptr;
  while ((entry = av_dict_get(dictionary, "", entry, AV_DICT_IGNORE_SUFFIX)) != nullptr) {
    // "und" says that nothing is known.
    if (std::string_view(entry->value) != "und") {
      found.push_back({.stream = stream, .name = entry->key, .value = entry->value});
    }
  }
  return found;
}

// What a container says about a whole stream, in words.
std::vector<MetadataKey> side_data(const AVStream& stream) {
  std::vector<MetadataKey> found;
  for (const compat::StreamSideData& data : compat::stream_side_data(stream)) {
    switch (data.type) {
      case AV_PKT_DATA_DISPLAYMATRIX:
        found.push_back({.stream = stream.index, .name = "rotation (display matrix)"});
        break;
      case AV_PKT_DATA_STEREO3D:
      case AV_PKT_DATA_SPHERICAL:
      case AV_PKT_DATA_MASTERING_DISPLAY_METADATA:
      case AV_PKT_DATA_CONTENT_LIGHT_LEVEL:
        found.push_back({.stream = stream.index, .name = av_packet_side_data_name(data.type)});
        break;
      default:
        break;
    }
  }
  return found;
}

// Containers differ in the case of their keys. A value may change its form (a language, a
// location), but MP4's muxer gives every track the creation time of the file: other words there are
// another time. MP4 counts whole seconds.
bool says_the_same(const MetadataKey& a, const MetadataKey& b) {
  constexpr std::size_t kToTheSecond = std::string_view("2026-01-31T12:00:00").size();
  return av_strcasecmp(a.name.c_str(), b.name.c_str()) == 0 &&
         (a.name != "creation_time" ||
          a.value.substr(0, kToTheSecond) == b.value.substr(0, kToTheSecond));
}

bool contains(const std::vector<MetadataKey>& list, int stream, const MetadataKey& key) {
  return std::any_of(list.begin(), list.end(), [&](const MetadataKey& one) {
    return one.stream == stream && says_the_same(one, key);
  });
}

}  // namespace

std::vector<MetadataKey> metadata_keys(const AVFormatContext& format) {
  std::vector<MetadataKey> all;
  const auto add = [&all](std::vector<MetadataKey> keys) {
    std::move(keys.begin(), keys.end(), std::back_inserter(all));
  };
  add(entries(-1, format.metadata));
  for (unsigned i = 0; i < format.nb_streams; ++i) {
    const AVStream& stream = *format.streams[i];
    add(entries(stream.index, stream.metadata));
    add(side_data(stream));
  }
  return all;
}

std::vector<std::string> lost_metadata(
    const std::vector<MetadataKey>& source,
    const StreamMap& map,
    const std::vector<MetadataKey>& result) {
  std::vector<std::string> losses;
  for (const MetadataKey& key : source) {
    if (about_storage(key.name)) {
      continue;
    }
    if (key.stream < 0) {
      if (!contains(result, -1, key)) {
        losses.push_back(fmt::format("metadata '{}' is not kept", key.name));
      }
      continue;
    }
    const StreamFacts& facts = map.of(key.stream);
    const bool carried = facts.result_index >= 0 && facts.type != "cover";
    if (carried && !contains(result, facts.result_index, key)) {
      losses.push_back(fmt::format("stream {}: '{}' is not kept", key.stream, key.name));
    }
  }
  return losses;
}

}  // namespace s3reel::media
