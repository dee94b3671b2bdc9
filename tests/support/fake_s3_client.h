#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <iterator>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "base/cancelled.h"
#include "base/clock.h"
#include "base/units.h"
#include "s3/client.h"
#include "s3/crc64.h"
#include "s3/digest.h"
#include "s3/integrity.h"

namespace s3reel::test {

/// One request as the fake store saw it.
struct FakeCall {
  std::string operation;  ///< "GetObject", "UploadPart", …
  std::string key;
  io::ByteRange range{};  ///< of GetObject
  int part = 0;           ///< of UploadPart
  int nth = 0;            ///< of this operation, from 1
  bool conditional = false;
};

/// An S3 store in memory behind the client's interface. It records every request, and hooks make it
/// fail, wait, or do its work and lose the answer. Any number of threads may call.
class FakeS3Client final : public s3::Client {
 public:
  struct Object {
    std::shared_ptr<const std::vector<std::byte>> body;
    std::string etag;
    std::string content_type;
    std::map<std::string, std::string> metadata;
    base::Clock::Wall modified;

    [[nodiscard]] const std::vector<std::byte>& bytes() const { return *body; }
  };

  /// Called without a lock: may throw, or block until the token is stopped.
  using Hook = std::function<void(const FakeCall&, const std::stop_token&)>;

  Hook before;  ///< the store: what it throws is the answer, and nothing was done
  Hook after;   ///< the answer: what it throws replaces it, and the work is done
  /// Called with the bytes of each piece of a body as it is delivered.
  std::function<void(const FakeCall&, std::uint64_t delivered)> on_piece;
  bool honours_conditions = true;
  bool sends_complete_etag = true;
  bool keeps_checksums = false;  ///< and says them
  bool etags_are_md5 = false;
  bool encrypts = false;  ///< with a key of one's own: ETags of parts look like MD5s and are none
  std::atomic<int> damages_part{0};  ///< of this number it keeps other bytes than it was sent
  bool loses_create_answer = false;  ///< of a first attempt that worked
  int aborts_needed = 1;  ///< an upload survives one abort less: parts that land late do that
  base::Clock::Wall now{std::chrono::hours(24 * 365 * 54)};  ///< of what is stored next
  std::size_t piece_bytes = 64 * base::kKiB;

  static Error refusal(int status, const std::string& code) {
    return Error(ErrorInfo{
        .kind = ErrorKind::refused,
        .operation = "s3.fake",
        .reason = code,
        .http_status = status,
        .s3_code = code});
  }

  static Error outage() {
    return Error(ErrorInfo{
        .kind = ErrorKind::unavailable,
        .retryable = true,
        .operation = "s3.fake",
        .reason = "no answer after all retries"});
  }

  void put(const std::string& key, std::vector<std::byte> bytes) {
    const std::scoped_lock lock(mutex_);
    store_locked(key, std::move(bytes), {});
  }

  /// Changes a byte of an object, behind the writer's back; its ETag stays.
  void damage(const std::string& key) {
    const std::scoped_lock lock(mutex_);
    Object& object = objects_.at(key);
    std::vector<std::byte> bytes = object.bytes();
    bytes[bytes.size() / 2] ^= std::byte{1};
    object.body = std::make_shared<const std::vector<std::byte>>(std::move(bytes));
  }

  void set_etag(const std::string& key, const std::string& etag) {
    const std::scoped_lock lock(mutex_);
    objects_.at(key).etag = etag;
  }

  /// Cuts the last byte off an object, behind the writer's back.
  void truncate(const std::string& key) {
    const std::scoped_lock lock(mutex_);
    Object& object = objects_.at(key);
    std::vector<std::byte> bytes = object.bytes();
    bytes.pop_back();
    object.body = std::make_shared<const std::vector<std::byte>>(std::move(bytes));
  }

  [[nodiscard]] std::optional<Object> find(const std::string& key) const {
    const std::scoped_lock lock(mutex_);
    const auto found = objects_.find(key);
    return found == objects_.end() ? std::nullopt : std::optional(found->second);
  }

  [[nodiscard]] std::vector<std::string> keys() const {
    const std::scoped_lock lock(mutex_);
    std::vector<std::string> result;
    for (const auto& [key, object] : objects_) {
      result.push_back(key);
    }
    return result;
  }

  [[nodiscard]] std::size_t uploads() const {
    const std::scoped_lock lock(mutex_);
    return uploads_.size();
  }

  [[nodiscard]] std::vector<FakeCall> calls(const std::string& operation = {}) const {
    const std::scoped_lock lock(mutex_);
    std::vector<FakeCall> result;
    std::copy_if(
        calls_.begin(), calls_.end(), std::back_inserter(result), [&](const FakeCall& call) {
          return operation.empty() || call.operation == operation;
        });
    return result;
  }

  [[nodiscard]] int most_parts_at_once() const { return most_parts_; }

  /// What has been delivered of bodies, with repetitions.
  [[nodiscard]] std::uint64_t bytes_read() const { return bytes_read_; }

  s3::RangeAnswer get_range(const s3::GetRange& request, std::stop_token stop) override {
    FakeCall call = begin(
        "GetObject", request.object.key, stop, [&](FakeCall& made) { made.range = request.range; });
    const Object object = pinned_object(request);
    s3::RangeAnswer answer{
        .identity = identity_of(request.object, object),
        .range = {
            request.range.begin,
            std::min<std::uint64_t>(request.range.end, object.bytes().size())}};
    if (request.on_answer) {
      request.on_answer(answer);
    }
    deliver(request, call, object, answer.range, stop);
    end(call, stop);
    return answer;
  }

  std::optional<s3::StoredObject> head_object(
      const s3::ObjectName& object, s3::HeadFor purpose, std::stop_token stop) override {
    const FakeCall call = begin("HeadObject", object.key, stop);
    const auto found = find(object.key);
    end(call, stop);
    if (!found) {
      return std::nullopt;
    }
    const bool says = keeps_checksums && purpose == s3::HeadFor::checksum;
    return s3::StoredObject{
        .identity = identity_of(object, *found),
        .metadata = found->metadata,
        .crc64nvme = says ? s3::crc64nvme_text(s3::crc64nvme({found->bytes()})) : ""};
  }

  std::string put_object(
      const s3::ObjectName& object,
      const Body& body,
      const s3::PutOptions& options,
      std::stop_token stop) override {
    const FakeCall call = begin("PutObject", object.key, stop, [&](FakeCall& made) {
      made.conditional = options.if_none_match;
    });
    std::string etag;
    {
      const std::scoped_lock lock(mutex_);
      check_condition_locked(object.key, options.if_none_match);
      etag = store_locked(object.key, join(body), options);
    }
    end(call, stop);
    return etag;
  }

  void delete_object(const s3::ObjectName& object, std::stop_token stop) override {
    const FakeCall call = begin("DeleteObject", object.key, stop);
    {
      const std::scoped_lock lock(mutex_);
      objects_.erase(object.key);
    }
    end(call, stop);
  }

  std::string create_upload(
      const s3::ObjectName& object, const s3::PutOptions& options, std::stop_token stop) override {
    const FakeCall call = begin("CreateMultipartUpload", object.key, stop);
    std::string id;
    {
      const std::scoped_lock lock(mutex_);
      id = fmt::format("upload-{}", ++generation_);
      uploads_[id] = Upload{object.key, options, now, {}};
    }
    if (std::exchange(loses_create_answer, false)) {
      options.on_lost_answer();
      return create_upload(object, options, stop);
    }
    end(call, stop);
    return id;
  }

  s3::Part upload_part(
      const s3::ObjectName& object,
      const std::string& upload_id,
      int number,
      const Body& body,
      std::stop_token stop) override {
    const int running = ++parts_now_;
    int most = most_parts_;
    while (running > most && !most_parts_.compare_exchange_weak(most, running)) {
    }
    const Finally leave{[this] {
      --parts_now_;
    }};
    const FakeCall call =
        begin("UploadPart", object.key, stop, [&](FakeCall& made) { made.part = number; });
    std::string etag;
    {
      const std::scoped_lock lock(mutex_);
      const auto upload = uploads_.find(upload_id);
      if (upload == uploads_.end()) {
        throw refusal(404, "NoSuchUpload");
      }
      std::vector<std::byte> bytes = join(body);
      if (number == damages_part) {
        bytes.front() ^= std::byte{1};
      }
      etag = etags_are_md5 || encrypts ? "\"" + s3::md5_hex({bytes}) + "\""
                                       : fmt::format("\"part-{}\"", ++generation_);
      if (encrypts) {
        std::ranges::reverse(etag);
      }
      upload->second.parts[number] = {std::move(bytes), etag, now};
    }
    end(call, stop);
    return {number, etag};
  }

  std::string complete_upload(
      const s3::ObjectName& object,
      const std::string& upload_id,
      const std::vector<s3::Part>& parts,
      const s3::CompleteOptions& options,
      std::stop_token stop) override {
    const FakeCall call = begin("CompleteMultipartUpload", object.key, stop, [&](FakeCall& made) {
      made.conditional = options.if_none_match;
    });
    std::string etag;
    {
      const std::scoped_lock lock(mutex_);
      const auto upload = uploads_.find(upload_id);
      if (upload == uploads_.end()) {
        throw refusal(404, "NoSuchUpload");
      }
      check_condition_locked(object.key, options.if_none_match);
      std::vector<std::byte> bytes = assemble(upload->second, parts);
      if (bytes.size() != options.size) {
        throw refusal(400, "InvalidRequest");
      }
      etag = store_locked(object.key, std::move(bytes), upload->second.options);
      if (etags_are_md5) {
        etag = objects_[object.key].etag = "\"" + s3::multipart_etag(parts) + "\"";
      }
      uploads_.erase(upload);
    }
    end(call, stop);
    return sends_complete_etag ? etag : "";
  }

  void abort_upload(
      const s3::ObjectName& object, const std::string& upload_id, std::stop_token stop) override {
    const FakeCall call = begin("AbortMultipartUpload", object.key, stop);
    {
      const std::scoped_lock lock(mutex_);
      if (call.nth >= aborts_needed) {
        uploads_.erase(upload_id);
      }
    }
    end(call, stop);
  }

  base::Clock::Wall list_objects(
      const s3::ObjectName& prefix, const Visitor& visit, std::stop_token stop) override {
    const FakeCall call = begin("ListObjectsV2", prefix.key, stop);
    std::vector<s3::ListedObject> found;
    {
      const std::scoped_lock lock(mutex_);
      for (const auto& [key, object] : objects_) {
        if (key.starts_with(prefix.key)) {
          found.push_back({.key = key, .modified = object.modified});
        }
      }
    }
    std::for_each(found.begin(), found.end(), visit);
    return now;
  }

  std::vector<s3::ListedUpload> list_uploads(
      const s3::ObjectName& prefix, std::stop_token stop) override {
    const FakeCall call = begin("ListMultipartUploads", prefix.key, stop);
    const std::scoped_lock lock(mutex_);
    std::vector<s3::ListedUpload> found;
    for (const auto& [id, upload] : uploads_) {
      if (upload.key.starts_with(prefix.key)) {
        found.push_back({.key = upload.key, .id = id, .initiated = upload.initiated});
      }
    }
    return found;
  }

  std::optional<std::vector<s3::ListedPart>> list_parts(
      const s3::ObjectName& object, const std::string& upload_id, std::stop_token stop) override {
    const FakeCall call = begin("ListParts", object.key, stop);
    const std::scoped_lock lock(mutex_);
    const auto upload = uploads_.find(upload_id);
    if (upload == uploads_.end()) {
      return std::nullopt;
    }
    std::vector<s3::ListedPart> parts;
    for (const auto& [number, part] : upload->second.parts) {
      parts.push_back(
          {.number = number,
           .etag = part.etag,
           .size = part.bytes.size(),
           .modified = part.modified});
    }
    return parts;
  }

  [[nodiscard]] s3::Traffic traffic() const override {
    const std::scoped_lock lock(mutex_);
    s3::Traffic traffic;
    for (const FakeCall& call : calls_) {
      ++traffic.requests[call.operation];
    }
    traffic.bytes_read = bytes_read_;
    return traffic;
  }

 private:
  struct StoredPart {
    std::vector<std::byte> bytes;
    std::string etag;
    base::Clock::Wall modified;
  };

  struct Upload {
    std::string key;
    s3::PutOptions options;
    base::Clock::Wall initiated;
    std::map<int, StoredPart> parts;
  };

  struct Finally {
    std::function<void()> run;

    ~Finally() { run(); }
  };

  static std::vector<std::byte> join(const Body& body) {
    std::vector<std::byte> bytes;
    for (const auto piece : body) {
      bytes.insert(bytes.end(), piece.begin(), piece.end());
    }
    return bytes;
  }

  static io::SourceIdentity identity_of(const s3::ObjectName& object, const Object& stored) {
    return {
        .url = object.url(),
        .size = stored.bytes().size(),
        .etag = stored.etag,
        .content_type = stored.content_type};
  }

  /// What S3 checks: ascending numbers, ETags that match, and 5 MiB for all parts but the last.
  static std::vector<std::byte> assemble(const Upload& upload, const std::vector<s3::Part>& parts) {
    std::vector<std::byte> bytes;
    int last = 0;
    for (std::size_t i = 0; i < parts.size(); ++i) {
      const auto found = upload.parts.find(parts[i].number);
      if (found == upload.parts.end() || found->second.etag != parts[i].etag) {
        throw refusal(400, "InvalidPart");
      }
      if (parts[i].number <= last) {
        throw refusal(400, "InvalidPartOrder");
      }
      last = parts[i].number;
      if (i + 1 < parts.size() && found->second.bytes.size() < 5 * base::kMiB) {
        throw refusal(400, "EntityTooSmall");
      }
      bytes.insert(bytes.end(), found->second.bytes.begin(), found->second.bytes.end());
    }
    return bytes;
  }

  FakeCall begin(
      const std::string& operation,
      const std::string& key,
      const std::stop_token& stop,
      const std::function<void(FakeCall&)>& describe = {}) {
    FakeCall call{.operation = operation, .key = key};
    if (describe) {
      describe(call);
    }
    {
      const std::scoped_lock lock(mutex_);
      call.nth = static_cast<int>(std::count_if(
                     calls_.begin(),
                     calls_.end(),
                     [&](const FakeCall& made) { return made.operation == operation; })) +
                 1;
      calls_.push_back(call);
    }
    if (stop.stop_requested()) {
      throw base::Cancelled();
    }
    if (before) {
      before(call, stop);
    }
    return call;
  }

  void end(const FakeCall& call, const std::stop_token& stop) const {
    if (after) {
      after(call, stop);
    }
  }

  Object pinned_object(const s3::GetRange& request) {
    const std::scoped_lock lock(mutex_);
    const auto found = objects_.find(request.object.key);
    if (found == objects_.end()) {
      throw refusal(404, "NoSuchKey");
    }
    if (request.pinned && request.pinned->etag != found->second.etag) {
      throw refusal(412, "PreconditionFailed");
    }
    if (request.range.begin >= found->second.bytes().size()) {
      throw Error(ErrorInfo{
          .kind = ErrorKind::input, .operation = "s3.fake", .reason = "the object is empty"});
    }
    return found->second;
  }

  void deliver(
      const s3::GetRange& request,
      const FakeCall& call,
      const Object& object,
      io::ByteRange range,
      const std::stop_token& stop) {
    const std::span<const std::byte> body =
        std::span(object.bytes())
            .subspan(
                static_cast<std::size_t>(range.begin),
                static_cast<std::size_t>(range.end - range.begin));
    std::size_t done = 0;
    while (done < body.size()) {
      if (stop.stop_requested()) {
        throw base::Cancelled();
      }
      if (on_piece) {
        on_piece(call, done);
      }
      const auto piece = body.subspan(done, std::min(piece_bytes, body.size() - done));
      bytes_read_ += piece.size();
      if (request.on_bytes && !request.on_bytes(piece)) {
        throw base::Cancelled();
      }
      done += piece.size();
    }
  }

  void check_condition_locked(const std::string& key, bool if_none_match) const {
    if (if_none_match && honours_conditions && objects_.contains(key)) {
      throw refusal(412, "PreconditionFailed");
    }
  }

  std::string store_locked(
      const std::string& key, std::vector<std::byte> bytes, const s3::PutOptions& options) {
    std::string etag = etags_are_md5 ? "\"" + s3::md5_hex({bytes}) + "\""
                                     : fmt::format("\"etag-{}\"", ++generation_);
    objects_[key] = Object{
        std::make_shared<const std::vector<std::byte>>(std::move(bytes)),
        etag,
        options.content_type,
        options.metadata,
        now};
    return etag;
  }

  mutable std::mutex mutex_;
  // guarded by mutex_
  std::map<std::string, Object> objects_;
  std::map<std::string, Upload> uploads_;
  std::vector<FakeCall> calls_;
  std::uint64_t generation_ = 0;

  std::atomic<int> parts_now_{0};
  std::atomic<int> most_parts_{0};
  std::atomic<std::uint64_t> bytes_read_{0};
};

}  // namespace s3reel::test
