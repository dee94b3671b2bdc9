#include <algorithm>
#include <iterator>
#include <set>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "ops/color.h"
#include "ops/redact.h"
#include "s3reel/error.h"

namespace s3reel::ops {
namespace {

using Json = nlohmann::json;

[[noreturn]] void refuse(const std::string& path, const std::string& reason) {
  throw Error(ErrorInfo{
      .kind = ErrorKind::usage,
      .operation = "op redact",
      .subject = path,
      .reason = reason,
      .hint = "write {\"regions\": [{\"x\": 10, \"y\": 10, \"w\": 64, \"h\": 64, \"from\": 1.5, "
              "\"to\": 4}]}; docs/processing.md lists all fields"});
}

/// One entry of the list, with a word for its place.
class Entry {
 public:
  Entry(const std::string& path, const Json& json, std::size_t index)
      : path_(path), json_(json), index_(index) {
    if (!json.is_object()) {
      refuse(path_, fmt::format("region {} is no object", index_));
    }
    for (const auto& [key, value] : json.items()) {
      constexpr const char* kKnown[] = {
          "x", "y", "w", "h", "from", "to", "mode", "color", "radius"};
      if (std::find(std::begin(kKnown), std::end(kKnown), key) == std::end(kKnown)) {
        refuse(path_, fmt::format("region {} has an unknown field '{}'", index_, key));
      }
    }
  }

  [[nodiscard]] int pixels(const char* key, int lowest) const {
    if (!json_.contains(key) || !json_[key].is_number_integer() || json_[key] < lowest ||
        json_[key] > 65535) {
      refuse(
          path_,
          fmt::format(
              "region {}: '{}' must be a whole number from {} to 65535", index_, key, lowest));
    }
    return json_[key].get<int>();
  }

  [[nodiscard]] double seconds(const char* key, double fallback) const {
    if (!json_.contains(key)) {
      return fallback;
    }
    if (!json_[key].is_number() || json_[key] < 0.0) {
      refuse(path_, fmt::format("region {}: '{}' must be seconds", index_, key));
    }
    return json_[key].get<double>();
  }

  [[nodiscard]] std::string text(const char* key, const std::string& fallback) const {
    if (!json_.contains(key)) {
      return fallback;
    }
    if (!json_[key].is_string()) {
      refuse(path_, fmt::format("region {}: '{}' must be a text", index_, key));
    }
    return json_[key].get<std::string>();
  }

  [[noreturn]] void wrong(const std::string& what) const {
    refuse(path_, fmt::format("region {}: {}", index_, what));
  }

  [[nodiscard]] bool has(const char* key) const { return json_.contains(key); }

 private:
  const std::string& path_;
  const Json& json_;
  std::size_t index_;
};

RedactRegion region_of(const Entry& entry, RedactRegion region) {
  region.x = entry.pixels("x", 0);
  region.y = entry.pixels("y", 0);
  region.width = entry.pixels("w", 1);
  region.height = entry.pixels("h", 1);
  region.from = entry.seconds("from", region.from);
  region.to = entry.seconds("to", region.to);
  if (region.to <= region.from) {
    entry.wrong("it ends before it begins");
  }
  if (entry.has("mode")) {
    const std::string mode = entry.text("mode", {});
    if (mode != "fill" && mode != "blur") {
      entry.wrong("'mode' is fill or blur");
    }
    region.mode = mode == "blur" ? RedactRegion::Mode::blur : RedactRegion::Mode::fill;
  }
  region.color = entry.text("color", region.color);
  if (!is_color(region.color)) {
    entry.wrong(fmt::format("'{}' is not a colour", region.color));
  }
  if (entry.has("radius")) {
    region.radius = entry.pixels("radius", 1);
  }
  return region;
}

/// Of two fields of one name nlohmann keeps the last; what the first one covers would be shown.
class Twins {
 public:
  bool note(Json::parse_event_t event, const Json& parsed) {
    if (event == Json::parse_event_t::object_start) {
      fields_.emplace_back();
    } else if (event == Json::parse_event_t::object_end) {
      fields_.pop_back();
    } else if (
        event == Json::parse_event_t::key &&
        !fields_.back().insert(parsed.get<std::string>()).second) {
      found_ = true;
    }
    return true;
  }

  [[nodiscard]] bool found() const { return found_; }

 private:
  std::vector<std::set<std::string>> fields_;  ///< of the objects that are open
  bool found_ = false;
};

}  // namespace

std::vector<RedactRegion> read_regions(
    std::span<const std::byte> text, const std::string& path, const RedactRegion& fallback) {
  const auto* const begin = reinterpret_cast<const char*>(text.data());
  Twins twins;
  const auto note = [&twins](int /*depth*/, Json::parse_event_t event, const Json& parsed) {
    return twins.note(event, parsed);
  };
  const Json json = Json::parse(begin, begin + text.size(), note, false);
  if (json.is_discarded()) {
    refuse(path, "it is not JSON");
  }
  if (twins.found()) {
    refuse(path, "a field is there twice");
  }
  if (!json.is_object() || !json.contains("regions") || !json["regions"].is_array()) {
    refuse(path, "it has no list of regions");
  }
  if (json.size() > 1) {  // a second list under another name would be shown
    refuse(path, "it has other fields than 'regions'");
  }
  std::vector<RedactRegion> regions;
  for (const Json& one : json["regions"]) {
    regions.push_back(region_of(Entry(path, one, regions.size() + 1), fallback));
  }
  return regions;
}

}  // namespace s3reel::ops
