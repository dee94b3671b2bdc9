#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
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
};

/// A part of which the store has other bytes than it was sent.
struct DamagedPart {
  int number = 0;
  std::string etag;  ///< the store's: where ETags are MD5s, that of the bytes it has
  std::string md5;   ///< ours
};

/// Whether the store gives a part's MD5 as its ETag, as the parts of one upload show: one that does
/// is enough. Then a part that has another MD5 for its ETag is damaged. Where all are different,
/// they are something else (SSE-KMS), and prove nothing. Any thread.
class PartETags {
 public:
  /// False where a part's MD5 would tell nothing, and need not be made.
  [[nodiscard]] bool need_md5(const std::string& etag) const;

  /// A part was stored. Its `md5` has 32 digits in lower case and is empty where MD5 is forbidden.
  /// Returns a part that is damaged, if this shows one: itself, or one that was added before.
  std::optional<DamagedPart> add(const Part& part, const std::string& md5);

  [[nodiscard]] bool are_md5() const;

 private:
  mutable std::mutex mutex_;
  // guarded by mutex_
  bool are_md5_ = false;
  std::vector<DamagedPart> doubted_;  ///< damaged, if ETags turn out to be MD5s
};

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
