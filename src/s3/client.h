#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <numeric>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

#include "base/clock.h"
#include "http/client.h"
#include "io/byte_source.h"
#include "io/object_writer.h"

namespace s3reel::s3 {

/// A bucket and a key, as in s3://bucket/key. The key is raw text: nothing in it is decoded or
/// normalised. Of a web address, https://host/path?query, the host and the rest, as they are sent.
struct ObjectName {
  std::string bucket;
  std::string key;
  std::string scheme = "s3";

  /// To be shown: without the query of a web address, which may hold a signature.
  [[nodiscard]] std::string url() const {
    const bool query = scheme != "s3" && key.find('?') != std::string::npos;
    return scheme + "://" + bucket + "/" + (query ? key.substr(0, key.find('?')) : key);
  }
};

/// Throws Error{usage} unless `url` is s3://bucket/key with both parts present.
ObjectName parse_s3_url(const std::string& url);

/// The same where the key may be left out, for all that begins with it. Throws Error{usage}.
ObjectName parse_s3_prefix(const std::string& url);

/// http://… and https://… . What follows a '#' goes, as it does everywhere. Throws Error{usage}, in
/// which nothing of the query is said, for what is no such address or names a user.
ObjectName parse_web_url(const std::string& url);

/// Counts of one store's traffic, for the report. Any thread may read while requests run.
struct Traffic {
  std::map<std::string, std::uint64_t> requests;  ///< attempts by operation, retries included
  std::uint64_t retries = 0;
  std::uint64_t bytes_read = 0;     ///< bodies of GetObject as they arrived
  std::uint64_t bytes_written = 0;  ///< bodies of PutObject and UploadPart as they were accepted
};

/// What a ranged GET says about the object it came from.
struct RangeAnswer {
  io::SourceIdentity identity;
  io::ByteRange range;  ///< of the body
};

struct GetRange {
  ObjectName object;
  io::ByteRange range;
  /// Pins the generation; empty on the first request only. A store that answers 412, or another
  /// ETag or size than `pinned`, makes the call throw Error{refused}: the source changed under the
  /// job.
  std::optional<io::SourceIdentity> pinned{};
  /// Called once an attempt's headers have been checked (status, Content-Range, ETag), before its
  /// first bytes. On a resumed attempt the range begins at the first missing byte.
  std::function<void(const RangeAnswer&)> on_answer{};
  /// The next bytes of the range, in order, exactly once each, also over broken connections: an
  /// attempt that fails half-way is resumed at the byte reached. Returning false ends the transfer
  /// and the call throws Cancelled. Called on the I/O thread.
  std::function<bool(std::span<const std::byte>)> on_bytes{};
};

struct PutOptions {
  std::string content_type{};
  std::map<std::string, std::string> metadata{};  ///< without the x-amz-meta- prefix
  bool if_none_match = false;                     ///< refuse to replace: If-None-Match: *
  /// create_upload: an attempt got no answer that says whether it began an upload, so there may be
  /// one besides the one returned.
  std::function<void()> on_lost_answer{};
};

struct Part {
  int number = 0;  ///< 1 to 10,000
  std::string etag;
};

struct CompleteOptions {
  std::uint64_t size = 0;  ///< of the whole object, sent as x-amz-mp-object-size
  bool if_none_match = false;
};

struct StoredObject {
  io::SourceIdentity identity;
  std::map<std::string, std::string> metadata;  ///< user metadata, lower-case keys, no prefix
  std::string crc64nvme{};                      ///< as S3 writes it; empty: not said
  bool etag_is_opaque = false;  ///< encrypted with a key of the user's: no MD5 (SSE-KMS, SSE-C)
};

enum class HeadFor {
  existence,
  checksum  ///< of encrypted objects this takes the right to decrypt
};

// Entries of listings. Their times are the store's.

struct ListedObject {
  std::string key;
  base::Clock::Wall modified;
};

struct ListedUpload {
  std::string key;
  std::string id;
  base::Clock::Wall initiated;
};

struct ListedPart {
  int number = 0;
  std::string etag;
  std::uint64_t size = 0;
  std::optional<base::Clock::Wall> modified;  ///< not every store says it
};

/// Reads ranges of objects, each under the one retry loop (retry.h). Blocking; any number of
/// threads may call. Throws Error{refused} when the server says no (the error carries status, code
/// and request id), Error{unavailable} after all retries, Cancelled after a stop request.
class RangeClient {
 public:
  RangeClient() = default;
  RangeClient(const RangeClient&) = delete;
  RangeClient& operator=(const RangeClient&) = delete;
  virtual ~RangeClient() = default;

  /// Reads one range. The answer of a range that begins behind the end is Error{input} for an empty
  /// object. A body shorter than promised is resumed, and an error after all retries.
  virtual RangeAnswer get_range(const GetRange& request, std::stop_token stop) = 0;

  /// Requests and bytes since construction.
  [[nodiscard]] virtual Traffic traffic() const = 0;
};

/// One function per S3 operation, each as get_range() is.
class Client : public RangeClient {
 public:
  virtual std::optional<StoredObject> head_object(
      const ObjectName& object, HeadFor purpose, std::stop_token stop) = 0;

  using Body = std::vector<std::span<const std::byte>>;  ///< in order; must outlive the call

  /// Returns the ETag, which may be empty on stores that do not send one.
  virtual std::string put_object(
      const ObjectName& object,
      const Body& body,
      const PutOptions& options,
      std::stop_token stop) = 0;

  virtual void delete_object(const ObjectName& object, std::stop_token stop) = 0;

  /// Returns the upload id.
  virtual std::string create_upload(
      const ObjectName& object, const PutOptions& options, std::stop_token stop) = 0;

  virtual Part upload_part(
      const ObjectName& object,
      const std::string& upload_id,
      int number,
      const Body& body,
      std::stop_token stop) = 0;

  /// Publishes. Returns the ETag, possibly empty. A 200 with an <Error> body is an error like any
  /// other. Throws Error with s3_code "NoSuchUpload" when the upload is gone, which after a lost
  /// answer may mean that it was completed: the caller settles that.
  virtual std::string complete_upload(
      const ObjectName& object,
      const std::string& upload_id,
      const std::vector<Part>& parts,
      const CompleteOptions& options,
      std::stop_token stop) = 0;

  /// Removes an upload; that it was gone before is no error.
  virtual void abort_upload(
      const ObjectName& object, const std::string& upload_id, std::stop_token stop) = 0;

  using Visitor = std::function<void(const ListedObject&)>;

  /// Every object whose key begins with `prefix.key`, in pages of which one is held at a time.
  /// Returns the store's time.
  virtual base::Clock::Wall list_objects(
      const ObjectName& prefix, const Visitor& visit, std::stop_token stop) = 0;

  /// The unfinished uploads to all keys that begin with `prefix.key`, other writers' too.
  virtual std::vector<ListedUpload> list_uploads(
      const ObjectName& prefix, std::stop_token stop) = 0;

  /// The parts an upload holds; nullopt: there is no such upload.
  virtual std::optional<std::vector<ListedPart>> list_parts(
      const ObjectName& object, const std::string& upload_id, std::stop_token stop) = 0;
};

inline std::uint64_t size_of(const Client::Body& body) {
  return std::accumulate(
      body.begin(), body.end(), std::uint64_t{0}, [](auto sum, const auto& piece) {
        return sum + piece.size();
      });
}

}  // namespace s3reel::s3
