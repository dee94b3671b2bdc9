#include "media/metadata.h"

#include <algorithm>
#include <array>
#include <string_view>

#include <fmt/format.h>

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
    names.emplace_back(entry->key);
  }
  return names;
}

// Containers differ in the case of their keys.
bool contains(const std::vector<std::string>& list, const std::string& key) {
  return std::any_of(list.begin(), list.end(), [&key](const std::string& one) {
    return av_strcasecmp(one.c_str(), key.c_str()) == 0;
  });
}

}  // namespace

std::vector<std::string> metadata_keys(const AVFormatContext& format) {
  std::vector<std::string> all = keys(format.metadata);
  for (unsigned i = 0; i < format.nb_streams; ++i) {
    for (const std::string& key : keys(format.streams[i]->metadata)) {
      all.push_back(fmt::format("stream {}: {}", i, key));
    }
  }
  return all;
}

std::vector<std::string> lost_metadata(
    const AVFormatContext& source,
    const StreamMap& map,
    const std::vector<std::string>& result_keys) {
  std::vector<std::string> losses;
  for (const std::string& key : keys(source.metadata)) {
    if (!about_storage(key) && !contains(result_keys, key)) {
      losses.push_back(fmt::format("metadata '{}' is not kept", key));
    }
  }
  for (const StreamFacts& facts : map.streams) {
    if (facts.result_index < 0 || facts.type == "cover") {
      continue;
    }
    for (const std::string& key : keys(source.streams[facts.index]->metadata)) {
      const std::string there = fmt::format("stream {}: {}", facts.result_index, key);
      if (!about_storage(key) && !contains(result_keys, there)) {
        losses.push_back(fmt::format("stream {}: metadata '{}' is not kept", facts.index, key));
      }
    }
  }
  return losses;
}

}  // namespace s3reel::media
