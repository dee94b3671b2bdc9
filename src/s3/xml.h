#pragma once

/// The XML bodies of S3, read and written. Readers tolerate white space before the document, which
/// S3 sends to keep a slow Complete alive, and any namespace.

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "s3/client.h"

namespace s3reel::s3 {

/// The fields of an <Error> body: "Code", "Message", "RequestId", "Region" …; nullopt if `body` is
/// anything else.
std::optional<std::map<std::string, std::string>> parse_error(std::string_view body);

/// The upload id of an InitiateMultipartUploadResult; nullopt if `body` is none.
std::optional<std::string> parse_upload_id(std::string_view body);

/// The ETag, possibly empty, of a CompleteMultipartUploadResult; nullopt if `body` is none.
std::optional<std::string> parse_completed(std::string_view body);

struct ObjectsPage {
  std::vector<ListedObject> objects;
  std::string next_token{};  ///< where the next page begins; empty: this is the last
};

/// nullopt if `body` is no ListBucketResult of version 2, or an entry has no readable time.
std::optional<ObjectsPage> parse_objects(std::string_view body);

struct UploadsPage {
  struct Marker {
    std::string key{};
    std::string id{};
    bool operator==(const Marker&) const = default;
  };

  std::vector<ListedUpload> uploads;
  std::optional<Marker> next;  ///< where the next page begins; nullopt: this is the last
};

/// nullopt if `body` is no ListMultipartUploadsResult, or an entry has no readable time.
std::optional<UploadsPage> parse_uploads(std::string_view body);

struct PartsPage {
  std::vector<ListedPart> parts;
  std::optional<int> next_marker;  ///< where the next page begins; nullopt: this is the last
};

/// nullopt if `body` is no ListPartsResult.
std::optional<PartsPage> parse_parts(std::string_view body);

/// The body of a CompleteMultipartUpload.
std::string complete_body(const std::vector<Part>& parts);

}  // namespace s3reel::s3
