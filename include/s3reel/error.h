#pragma once

/// The one exception type of s3reel.

#include <exception>
#include <string>

namespace s3reel {

/// What kind of failure it is, and with it whose turn it is to act. The values are the exit codes
/// of the command (docs/exit-codes.md).
enum class ErrorKind {
  internal = 1,      ///< a defect in s3reel
  usage = 2,         ///< an option or a combination of options that makes no sense
  input = 3,         ///< the source is not a usable video: not a video, corrupt, truncated
  refused = 4,       ///< the store said no: not found, denied, exists, changed under the job
  unavailable = 5,   ///< the store did not answer after all retries; a later try may succeed
  op = 6,            ///< a processing step failed
  loss = 7,          ///< something would be lost and the user asked for strictness
  interrupted = 130  ///< the job was told to stop
};

/// The facts of a failure. Fields that do not apply stay empty or zero.
struct ErrorInfo {
  ErrorKind kind = ErrorKind::internal;
  bool retryable = false;    ///< set where the failure is classified, nowhere else
  std::string operation{};   ///< what was attempted: "s3.UploadPart", "decode"
  std::string subject{};     ///< on what: "s3://bucket/key part 7", "in.mp4 stream 0"
  std::string reason{};      ///< why it failed, in words
  std::string hint{};        ///< what the user can try
  int http_status = 0;       ///< 0: no response was received
  std::string s3_code{};     ///< the store's error code: "SlowDown"
  std::string request_id{};  ///< for the store's support
  int av_error = 0;          ///< libav's code, 0 if none
};

/// Every failure leaves s3reel as an Error. what() is one sentence with what, where, why and what
/// to try; it never contains a secret.
class Error : public std::exception {
 public:
  explicit Error(ErrorInfo info);

  [[nodiscard]] const ErrorInfo& info() const noexcept { return info_; }

  [[nodiscard]] const char* what() const noexcept override { return what_.c_str(); }

 private:
  ErrorInfo info_;
  std::string what_;
};

}  // namespace s3reel
