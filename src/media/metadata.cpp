#include "media/metadata.h"

#include <algorithm>
#include <array>
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

std::vector<std::string> keys(const AVDictionary* dictionary) {
  std::vector<std::string> names;
  const AVDictionaryEntry* entry = nullptr;
  while ((entry = av_dict_get(dictionary, "", entry, AV_DICT_IGNORE_SUFFIX)) != nullptr) {
    // "und" says that nothing is known.
    if (std::string_view(entry->value) != "und") {
      names.emplace_back(entry->key);
    }
  }
  return names;
}

// What a container says about a whole stream, in words.
std::vector<std::string> side_data_names(const AVStream& stream) {
  std::vector<std::string> names;
  for (const compat::StreamSideData& data : compat::stream_side_data(stream)) {
    switch (data.type) {
      case AV_PKT_DATA_DISPLAYMATRIX:
        names.emplace_back("rotation (display matrix)");
        break;
      case AV_PKT_DATA_STEREO3D:
      case AV_PKT_DATA_SPHERICAL:
      case AV_PKT_DATA_MASTERING_DISPLAY_METADATA:
      case AV_PKT_DATA_CONTENT_LIGHT_LEVEL:
        names.emplace_back(av_packet_side_data_name(data.type));
        break;
      default:
        break;
    }
  }
  return names;
}

// Containers differ in the case of their keys.
bool contains(const std::vector<MetadataKey>& list, int stream, const std::string& name) {
  return std::any_of(list.begin(), list.end(), [&](const MetadataKey& one) {
    return one.stream == stream && av_strcasecmp(one.name.c_str(), name.c_str()) == 0;
  });
}

}  // namespace

std::vector<MetadataKey> metadata_keys(const AVFormatContext& format) {
  std::vector<MetadataKey> all;
  const auto add = [&all](int stream, std::vector<std::string> names) {
    for (std::string& name : names) {
      all.push_back({.stream = stream, .name = std::move(name)});
    }
  };
  add(-1, keys(format.metadata));
  for (unsigned i = 0; i < format.nb_streams; ++i) {
    add(static_cast<int>(i), keys(format.streams[i]->metadata));
    add(static_cast<int>(i), side_data_names(*format.streams[i]));
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
      if (!contains(result, -1, key.name)) {
        losses.push_back(fmt::format("metadata '{}' is not kept", key.name));
      }
      continue;
    }
    const StreamFacts& facts = map.of(key.stream);
    const bool carried = facts.result_index >= 0 && facts.type != "cover";
    if (carried && !contains(result, facts.result_index, key.name)) {
      losses.push_back(fmt::format("stream {}: '{}' is not kept", key.stream, key.name));
    }
  }
  return losses;
}

}  // namespace s3reel::media
