#include "media/tags.h"

namespace s3reel::media {

std::string tag(const AVDictionary* metadata, const char* key) {
  const AVDictionaryEntry* entry = av_dict_get(metadata, key, nullptr, 0);
  return entry == nullptr ? std::string() : entry->value;
}

std::string language(const AVStream& stream) {
  const std::string value = tag(stream.metadata, "language");
  return value == "und" ? std::string() : value;
}

std::string type_name(AVMediaType type) {
  const char* name = av_get_media_type_string(type);
  return name == nullptr ? "unknown" : name;
}

}  // namespace s3reel::media
