#pragma once

#include <atomic>
#include <cstdint>
#include <optional>

#include "http/client.h"
#include "s3/client.h"
#include "s3/sender.h"

namespace s3reel::s3 {

/// What servers differ in.
struct ReadRules {
  const char* operation = "GetObject";
  const char* service = "s3";
  const char* server = "the store";
  /// Any web server: it may give no ETag, or a weak one, which If-Match cannot name. The time of
  /// the last change, in whole seconds, tells generations apart then (RFC 9110, 8.8).
  bool by_last_modified = false;
  /// Whether reads may name the version; set to false, for all reads of the store, when that turns
  /// out to be denied. nullptr: there are no versions.
  std::atomic<bool>* by_version = nullptr;
};

/// One GetRange on its way over as many attempts as it takes: what has arrived, and the checks that
/// no byte of another object, another generation or another place gets through. Used by one thread
/// and, during an attempt, by the I/O thread.
class RangedGet {
 public:
  RangedGet(const GetRange& request, Sender& sender, ReadRules rules);
  RangedGet(const RangedGet&) = delete;
  RangedGet& operator=(const RangedGet&) = delete;
  ~RangedGet() = default;

  RangeAnswer run(const std::stop_token& stop);

 private:
  void send(const std::stop_token& stop);
  void prepare(Call& call);
  void take_head(int status, const http::Headers& headers);
  bool take_partial_head(const http::Headers& headers, RangeAnswer& answer);
  bool take_whole_head(const http::Headers& headers, RangeAnswer& answer);
  bool take_body(std::span<const std::byte> data);
  void check_complete();
  void fail(ErrorKind kind, bool retryable, const std::string& reason, const std::string& hint);
  [[nodiscard]] bool is_named(const io::SourceIdentity& generation) const;
  [[nodiscard]] bool check_generation(const io::SourceIdentity& found);
  [[noreturn]] void explain(const Error& error) const;

  const GetRange& request_;
  Sender& sender_;
  const ReadRules rules_;
  std::uint64_t next_;                            ///< first byte not delivered yet
  std::uint64_t attempt_begin_ = 0;               ///< next_ when the attempt began
  std::uint64_t end_;                             ///< cut to the object's size once that is known
  std::optional<io::SourceIdentity> generation_;  ///< pinned by the caller or the first answer
  std::optional<RangeAnswer> answer_{};           ///< the first one, for the whole range
  std::optional<ErrorInfo> problem_{};            ///< why this attempt was stopped
  int status_ = 0;
  bool named_version_ = false;  ///< this attempt did
};

}  // namespace s3reel::s3
