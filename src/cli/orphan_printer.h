#pragma once

#include <ostream>

#include "cli/invocation.h"
#include "s3reel/s3reel.h"

namespace s3reel::cli {

/// Prints the orphans that clean() settles, each at once, so that what was removed is on record
/// also when the store fails later; messages go to another observer.
class OrphanPrinter final : public Observer {
 public:
  OrphanPrinter(std::ostream& out, const Invocation& invocation, Observer& messages)
      : out_(out), invocation_(invocation), messages_(messages) {}

  void on_message(Level level, const std::string& text) override {
    messages_.on_message(level, text);
  }

  void on_orphan(const Orphan& orphan) override;

 private:
  std::ostream& out_;
  const Invocation& invocation_;
  Observer& messages_;
};

}  // namespace s3reel::cli
