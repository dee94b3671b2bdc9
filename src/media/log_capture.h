#pragma once

#include <string>
#include <vector>

namespace s3reel::media {

/// What libav says about an error on this thread while this lives: its return codes name the kind
/// of a failure only, its log names the option, the filter or the file. Captures nest.
class LogCapture {
 public:
  LogCapture() : LogCapture(nullptr) {}

  /// Only of what `context` says: an AVFormatContext, say. Not of the decoders and parsers inside.
  explicit LogCapture(const void* context);

  LogCapture(const LogCapture&) = delete;
  LogCapture& operator=(const LogCapture&) = delete;
  ~LogCapture();

  /// The lines joined; empty if nothing was said.
  [[nodiscard]] std::string text() const;

  /// For libav's log callback: whether somebody on this thread wants the line.
  static bool take(const void* context, const std::string& line);

 private:
  LogCapture* outer_;
  const void* context_;
  std::vector<std::string> lines_;
};

}  // namespace s3reel::media
