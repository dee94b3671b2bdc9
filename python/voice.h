#pragma once

#include <cstddef>
#include <deque>
#include <mutex>
#include <optional>
#include <string>

#include "s3reel/s3reel.h"

namespace s3reel::python {

/// Keeps what is said until the calling thread takes it: no thread of a job waits for the GIL to
/// tell it.
class Voice final : public Observer {
 public:
  void on_progress(const Progress& progress) override;
  void on_message(Level level, const std::string& text) override;

  /// The newest, if there is one since the last call.
  std::optional<Progress> take_progress();

  /// Hands what was said since the last call to logging.getLogger("s3reel"). Needs the GIL. Throws
  /// nanobind::python_error for what a handler of signals or a filter raises in there.
  void log();

 private:
  struct Message {
    Level level;
    std::string text;
  };

  struct Said {
    std::deque<Message> messages;
    std::size_t left_out = 0;
  };

  Said take_messages();

  std::mutex mutex_;
  std::optional<Progress> newest_;  ///< guarded by mutex_
  Said said_;                       ///< guarded by mutex_
};

}  // namespace s3reel::python
