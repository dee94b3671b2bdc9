#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "s3/client.h"

namespace s3reel::s3 {

/// What a writer knows of the bytes it sent.
struct SentBytes {
  std::uint64_t size = 0;
  std::uint64_t crc64 = 0;
  /// The ETag that they must have where ETags are MD5s, without quotes; empty: MD5 is forbidden
  /// here.
  std::string etag{};
  /// The store gave the MD5 of a part as its ETag, so that another ETag of the whole means other
  /// bytes. Of a single PutObject that cannot be known.
  bool etags_are_md5 = false;
};

/// A part that is stored.
struct SentPart {
  Part part;
  std::uint64_t size = 0;
  std::uint64_t crc64 = 0;
  std::string md5{};  ///< 32 digits in lower case; empty: MD5 is forbidden here
};

/// Whether the store gives a part's MD5 as its ETag, which one that does shows. Throws
/// Error{refused} if then another part has another MD5 for its ETag: the store has other bytes.
/// Where all are different, they are something else (SSE-KMS), and prove nothing.
bool etags_are_md5(const ObjectName& object, const std::vector<SentPart>& parts);

/// "md5 of the parts' MD5s"-N, as S3 makes it of an upload; empty if one of them is none.
std::string multipart_etag(const std::vector<Part>& parts);

/// An ETag without its quotes.
std::string unquoted(const std::string& etag);

/// "size", "etag", "crc64nvme": each "verified" or why it could not be. Throws Error{refused} if
/// the store has other bytes.
std::map<std::string, std::string> compare(
    const ObjectName& object, const StoredObject& stored, const SentBytes& sent);

/// The same names where the object could not be looked at.
std::map<std::string, std::string> not_compared(const std::string& why);

}  // namespace s3reel::s3
