#include "ops/place.h"

namespace s3reel::ops {
namespace {

int between(bool begin, bool end, int whole, int part, int margin) {
  return begin ? margin : end ? whole - part - margin : (whole - part) / 2;
}

}  // namespace

const std::vector<std::string>& places() {
  static const std::vector<std::string> all{
      "top-left",
      "top",
      "top-right",
      "left",
      "center",
      "right",
      "bottom-left",
      "bottom",
      "bottom-right"};
  return all;
}

int place_across(const std::string& at, int whole, int part, int margin) {
  return between(at.ends_with("left"), at.ends_with("right"), whole, part, margin);
}

int place_down(const std::string& at, int whole, int part, int margin) {
  return between(at.starts_with("top"), at.starts_with("bottom"), whole, part, margin);
}

}  // namespace s3reel::ops
