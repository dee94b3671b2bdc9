// S3's answers in XML: a body is read as one thing or as none, blanks in front of it change
// nothing, and what complete_body() writes is read back.

#include "s3/xml.h"

#include "fuzz/target.h"

namespace s3reel::fuzz {
namespace {

/// How many readers take the body for theirs.
int readings(const std::string& body) {
  return static_cast<int>(s3::parse_error(body).has_value()) +
         static_cast<int>(s3::parse_upload_id(body).has_value()) +
         static_cast<int>(s3::parse_completed(body).has_value()) +
         static_cast<int>(s3::parse_objects(body).has_value()) +
         static_cast<int>(s3::parse_uploads(body).has_value()) +
         static_cast<int>(s3::parse_parts(body).has_value());
}

/// The parts of a request to complete, read as if they were those of a listing.
std::vector<s3::ListedPart> read_back(std::string body) {
  const std::string written = "CompleteMultipartUpload";
  const std::string listed = "ListPartsResult";
  body.replace(body.rfind(written), written.size(), listed);
  body.replace(body.find(written), written.size(), listed);
  const auto page = s3::parse_parts(body);
  require(page.has_value(), "the body of a Complete is XML");
  return page->parts;
}

/// A line end has more than one form in XML, and blanks alone count for nothing. Neither is an
/// ETag.
bool is_plain(const std::string& etag) {
  return etag.find('\r') == std::string::npos &&
         (etag.empty() || etag.find_first_not_of(" \t\n") != std::string::npos);
}

void check_round_trip(const std::vector<s3::ListedPart>& listed) {
  std::vector<s3::Part> parts;
  for (const auto& part : listed) {
    if (is_plain(part.etag)) {
      parts.push_back({.number = part.number, .etag = part.etag});
    }
  }
  if (parts.empty()) {
    return;  // an element without children has no end to rename
  }
  const auto read = read_back(s3::complete_body(parts));
  require(read.size() == parts.size(), "a Complete names every part once");
  for (std::size_t i = 0; i < parts.size(); ++i) {
    require(read[i].number == parts[i].number, "a Complete names the parts by their numbers");
    require(read[i].etag == parts[i].etag, "a Complete keeps every ETag");
  }
}

}  // namespace

void examine(const Bytes& input) {
  const std::string body = Input(input).text();
  const int found = readings(body);
  require(found <= 1, "an answer is one thing only");
  require(readings(" \r\n\t" + body) == found, "blanks in front of an answer change nothing");
  if (const auto page = s3::parse_parts(body)) {
    require(page->parts.size() <= body.size() / sizeof("<Part/>"), "parts come from the body");
    check_round_trip(page->parts);
  }
}

}  // namespace s3reel::fuzz
